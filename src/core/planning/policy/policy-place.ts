import type { Policy } from "./policy.ts";

/**
 * Where a limit of the operator is set, for the end of a sentence: ` (policy.yml:12)`; nothing where there is no file.
 * `key` is the path of the key in the file, with dots: `maxima.cpu`.
 */
export function policyPlace({ lines }: Pick<Policy, "lines">, key: string): string {
  const line = lines.get(key);
  return line === undefined ? "" : ` (policy.yml:${line})`;
}
