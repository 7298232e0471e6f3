import { CallError } from "../../../core/errors/call-error.ts";

/** Which of the table's indexes an index of model/indexes.ts is: kind of record → index → number, each once a kind. */
export const indexNumbers: Readonly<Record<string, Readonly<Record<string, number>>>> = {
  job: { run: 1, pool: 2, unstarted: 3, waiting: 4, "waiting-for": 5 },
  runner: { open: 1, machine: 2, pool: 3, unused: 4, due: 5 },
  pool: { backoff: 1 },
  run: { due: 1 },
  repository: { sweep: 1 },
};

/** Throws a `CallError` of kind `invalid` for an index that has no number. */
export function indexNumber(kind: string, index: string): number {
  const number = indexNumbers[kind]?.[index];
  if (number !== undefined) return number;
  const message = `index ${index} of a ${kind} has no number in src/adapters/store/dynamodb/index-numbers.ts`;
  throw new CallError({ service: "store", operation: "list", kind: "invalid", message });
}
