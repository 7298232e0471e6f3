import { namePattern } from "../../../core/planning/runner-config/runner-name.ts";

/** The name that a runner or an image can have that is nearest to `wanted`; `otherwise` when nothing of it can stay. */
export function fittingName(wanted: string, otherwise: string): string {
  const possible = wanted
    .replaceAll(/[^a-z0-9._-]+/gi, "-")
    .replace(/^[^a-z0-9]+/i, "")
    .slice(0, 48);
  return namePattern.test(wanted) ? wanted : namePattern.test(possible) ? possible : otherwise;
}
