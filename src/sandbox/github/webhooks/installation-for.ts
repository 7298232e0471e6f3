import type { InstallationRecord, RepositoryRecord } from "../state.ts";
import type { World } from "../world.ts";

/** The installation that has access to a repository, if any. */
export function installationFor(
  world: World,
  repository: Pick<RepositoryRecord, "owner" | "name">,
): InstallationRecord | undefined {
  return [...world.state.installations.values()].find((installation) => hasAccess(installation, repository));
}

/** True when the installation covers the repository. */
export function hasAccess(
  { account, repositories }: InstallationRecord,
  { owner, name }: Pick<RepositoryRecord, "owner" | "name">,
): boolean {
  return account.toLowerCase() === owner.toLowerCase() && (repositories === undefined || repositories.includes(name));
}
