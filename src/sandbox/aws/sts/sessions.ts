import { roleCredentials, type TemporaryCredentials } from "../ec2/instance/metadata/role-credentials.ts";
import type { AssumedRole } from "./options.ts";

/** A role's session with the credentials that were given out for it. */
export type Session = { readonly arn: string; readonly credentials: TemporaryCredentials };

/** Every session that there ever was. */
export type Sessions = {
  begin(role: Omit<AssumedRole, "atMs">): Session;
  /** By its ARN; those that have expired too. */
  sessionOf(accessKeyId: string): Session | undefined;
  /** The credentials that this key belongs to. */
  find(accessKeyId: string): TemporaryCredentials | undefined;
  assumed(): AssumedRole[];
};

export function sessions(): Sessions {
  const byKey = new Map<string, Session>();
  const assumed: AssumedRole[] = [];
  return {
    begin(role) {
      const credentials = roleCredentials(role.seconds * 1000).current();
      const session = { arn: sessionArn(role.roleArn, role.sessionName), credentials };
      byKey.set(credentials.accessKeyId, session);
      assumed.push({ ...role, atMs: credentials.updatedAtMs });
      return session;
    },
    sessionOf: (accessKeyId) => byKey.get(accessKeyId),
    find: (accessKeyId) => byKey.get(accessKeyId)?.credentials,
    assumed: () => [...assumed],
  };
}

/** `arn:aws:iam::1:role/path/NAME` → `arn:aws:sts::1:assumed-role/NAME/SESSION`: a session's ARN has no path. */
function sessionArn(roleArn: string, sessionName: string): string {
  const [, partition = "aws", , , account = "", resource = ""] = roleArn.split(":");
  return `arn:${partition}:sts::${account}:assumed-role/${resource.split("/").at(-1) ?? ""}/${sessionName}`;
}
