import type { Permissions } from "../state.ts";

const LEVELS = ["read", "write", "admin"];

/** True when `granted` holds every permission of `needed` at its level or above. */
export function covers(granted: Permissions, needed: Permissions): boolean {
  return Object.entries(needed).every(([name, level]) => rank(granted[name]) >= rank(level));
}

function rank(level: string | undefined): number {
  return level === undefined ? -1 : LEVELS.indexOf(level);
}

/** As the header `x-accepted-github-permissions` writes them: `administration=write`. */
export function permissionsText(permissions: Permissions): string {
  return Object.entries(permissions)
    .map(([name, level]) => `${name}=${level}`)
    .join("; ");
}
