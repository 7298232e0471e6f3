import { isDeepStrictEqual } from "node:util";

/** Checks so far, for the exit status. */
export const counts = { passed: 0, failed: 0 };

/** One check, one line. */
export function check(name: string, actual: unknown, expected: unknown): void {
  const good = isDeepStrictEqual(actual, expected);
  if (good) counts.passed += 1;
  else counts.failed += 1;
  const difference = good ? "" : `: ${JSON.stringify(actual)} instead of ${JSON.stringify(expected)}`;
  console.log(`${good ? "ok     " : "FAILED "} ${name}${difference}`);
}

/** Checks of one subject. What it throws fails it, and the next subject is judged all the same. */
export async function subject(name: string, checks: () => Promise<void>): Promise<void> {
  await checks().catch((error: unknown) => check(name, String(error), "checked to its end"));
}
