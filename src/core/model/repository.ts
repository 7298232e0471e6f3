/** A repository as every port call needs it: the installation whose token acts, and the repository's ids. */
export type Repository = {
  readonly id: number;
  readonly owner: string;
  readonly name: string;
  readonly installationId: number;
  readonly private: boolean;
  /** False: a person owns it. Undefined: nobody has said so far. */
  readonly ownedByOrganization?: boolean | undefined;
  /** As the last delivery had it. */
  readonly defaultBranch?: string | undefined;
};
