import { safeActions } from "./safe-actions.ts";

/**
 * True when an action, as `uses:` writes it, is known to work on Lambda: it is one that Mayfly knows, or fits a pattern
 * of the operator's (`owner/name`, `owner/name/path`, or `owner/*` for everything of an owner). Upper and lower case do
 * not matter, nor does the version. A pattern without a path does not stand for the actions in folders below.
 */
export function isSafeAction(uses: string, patterns: readonly string[]): boolean {
  const [reference = ""] = uses.toLowerCase().split("@");
  const [owner = "", name] = reference.split("/");
  // `./folder` is an action of the repository's own, of which nothing is known.
  if (name === undefined || owner === "" || owner.startsWith(".") || owner === "$" || owner.includes(":")) return false;
  if (safeActions.has(reference)) return true;
  return patterns.some((pattern) => {
    const lower = pattern.toLowerCase();
    return lower === reference || lower === `${owner}/*`;
  });
}
