import { isScalar } from "yaml";

/** True for a plain `<<`: the library reads it as a symbol, a quoted one as text. */
export function isMergeKey(key: unknown): boolean {
  return isScalar(key) && typeof key.value === "symbol";
}
