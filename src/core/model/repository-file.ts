/** One file of a default branch, or of a whole folder what was found in it, as it was read; absence too. */
export type RepositoryFile = {
  readonly schema: 1;
  readonly version: number;
  readonly key: string;
  /** Undefined: there was no such file. */
  readonly text: string | undefined;
  /** The newest text without errors, where `text` has some. */
  readonly good?: string | undefined;
  readonly readAtMs: number;
  /** Commits of the default branch for whose jobs it was read, the newest 8. */
  readonly shas?: readonly string[] | undefined;
};

/** Key of the record of one file of a repository. */
export function repositoryFileKey(repositoryId: number, path: string): string {
  return `${repositoryId}#${path}`;
}

/** Key of the record of one file of another repository of the same owner, as an installation may read it. */
export function ownersFileKey(installationId: number, owner: string, name: string, path: string): string {
  return `${installationId}#${owner}/${name}#${path}`;
}
