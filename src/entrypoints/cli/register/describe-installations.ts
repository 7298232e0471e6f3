import type { AppInstallation } from "../../../adapters/github/app-identity.ts";

/** Who has installed the App, by the numbers that policy.yml names. */
export function describeInstallations(installations: readonly AppInstallation[]): string {
  if (installations.length === 0) return "Nobody has installed it yet.";
  const all = installations.map(({ id, account }) => `${account}: ${id}`);
  return `Its installations, for policy.yml: ${all.join(", ")}.`;
}
