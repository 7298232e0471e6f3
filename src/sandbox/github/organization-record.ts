import type { RepositoryRecord } from "./repository-record.ts";

/** A runner group: which jobs of the organisation may have its runners. */
export type RunnerGroup = {
  readonly id: number;
  readonly name: string;
  /** Names of the repositories that it is open to; undefined: all. */
  readonly repositories?: readonly string[] | undefined;
  /** Also to public ones. GitHub's default is no. */
  readonly allowsPublicRepositories?: boolean | undefined;
};

/** An organisation as the fake remembers it. */
export type OrganizationRecord = { readonly login: string; readonly runnerGroups: readonly RunnerGroup[] };

/** The group that every organisation has, and the only one of a repository. */
export const defaultGroup: RunnerGroup = { id: 1, name: "Default" };

/** True when jobs of the organisation's repository may have runners of the group. */
export function isOpenTo(
  { repositories, allowsPublicRepositories = false }: RunnerGroup,
  repository: Pick<RepositoryRecord, "name" | "private">,
): boolean {
  if (!repository.private && !allowsPublicRepositories) return false;
  return repositories === undefined || repositories.includes(repository.name);
}
