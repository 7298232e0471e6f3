/** One `file#<repository id>#<path>`: a file of the default branch as it was read, absence too. */
export type RepositoryFile = {
  readonly schema: 1;
  readonly version: number;
  readonly key: string;
  /** Undefined: there was no such file. */
  readonly text: string | undefined;
  readonly readAtMs: number;
};

/** Key of the record of one file of a repository. */
export function repositoryFileKey(repositoryId: number, path: string): string {
  return `${repositoryId}#${path}`;
}
