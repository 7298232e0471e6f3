/** Who there is in the account of the stand-in for STS, and which roles. */
export type StsOptions = {
  /** ARN of the user or of the role's session that has an access key, by the key's id. Others are not known to STS. */
  readonly callers: Readonly<Record<string, string>>;
  /** By ARN. */
  readonly roles: Readonly<Record<string, StsRole>>;
};

/** What a role's trust policy and settings say. */
export type StsRole = {
  /** Who may assume it: ARNs of users, of roles, or of whole accounts (`arn:aws:iam::123456789012:root`). */
  readonly trusts: readonly string[];
  /** They may also tag their session (`sts:TagSession`). */
  readonly mayTagSessions: boolean;
  /** 3600 to 43,200; default: 3600, as IAM has it. */
  readonly maxSessionSeconds?: number | undefined;
};

/** One session of a role that STS has given credentials for. */
export type AssumedRole = {
  readonly roleArn: string;
  readonly sessionName: string;
  readonly tags: Readonly<Record<string, string>>;
  readonly seconds: number;
  /** Milliseconds since the epoch. */
  readonly atMs: number;
};
