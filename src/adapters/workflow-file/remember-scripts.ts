import { scriptNeeds } from "../../core/planning/workflows/script-needs.ts";

/**
 * `scriptNeeds` that looks at each script once: a file can repeat a long one by aliases hundreds of times.
 */
export function rememberScripts(): typeof scriptNeeds {
  const shells = new Map<string, Map<string, ReturnType<typeof scriptNeeds>>>();
  return (script, shell) => {
    const known = shells.get(shell) ?? new Map<string, ReturnType<typeof scriptNeeds>>();
    shells.set(shell, known);
    const needs = known.get(script) ?? scriptNeeds(script, shell);
    known.set(script, needs);
    return needs;
  };
}
