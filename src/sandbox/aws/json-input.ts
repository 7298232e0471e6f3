import { AwsError } from "./aws-error.ts";

/** Members of a request in one of AWS's JSON protocols. */
export type JsonInput = Readonly<Record<string, unknown>>;

/** The members of a body; throws what every service answers to a body that is no JSON object. */
export function jsonInput(body: string): JsonInput {
  let input: unknown;
  try {
    input = JSON.parse(body);
  } catch {
    input = undefined;
  }
  if (typeof input !== "object" || input === null) throw new AwsError(400, "SerializationException", "not JSON");
  return input as JsonInput;
}

/** The operation that is asked for; throws what a service answers for one that it does not have. */
export function operationNamed<Name extends string, Operation>(
  operations: Readonly<Record<Name, Operation>>,
  asked: string,
): Operation {
  if (Object.hasOwn(operations, asked)) return operations[asked as Name];
  throw new AwsError(400, "UnknownOperationException", `${asked} is not in the sandbox`);
}

/** Throws when the request has a member that the stand-in does not know: it must not be left out silently. */
export function onlyMembers(input: JsonInput, known: readonly string[], invalid: (message: string) => AwsError): void {
  const foreign = Object.keys(input).find((name) => !known.includes(name));
  if (foreign !== undefined) throw invalid(`${foreign} is not in the sandbox`);
}

/** A text that may be missing. */
export function textMember(input: JsonInput, name: string, invalid: (message: string) => AwsError): string | undefined {
  const value = input[name];
  if (value === undefined || value === null) return undefined;
  if (typeof value !== "string") throw invalid(`${name} must be a string`);
  return value;
}
