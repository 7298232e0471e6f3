import type { XmlValue } from "../xml.ts";
import type { StsOptions } from "./options.ts";
import { readAssumeRole } from "./read-assume-role.ts";
import type { Sessions } from "./sessions.ts";
import { stsError } from "./sts-error.ts";

/** Credentials got with those of a role's session last so long at most, whatever the role allows. */
const longestChainedSeconds = 3600;

/**
 * Gives credentials of a role to who may have them. Throws an `AwsError` as STS answers it; a role that is not there is
 * one that nobody may assume.
 */
export function assumeRole(
  { roles }: StsOptions,
  sessions: Sessions,
  callerArn: string,
  parameters: URLSearchParams,
): XmlValue {
  const input = readAssumeRole(parameters);
  const { roleArn, sessionName, seconds, tags } = input;
  const role = Object.hasOwn(roles, roleArn) ? roles[roleArn] : undefined;
  const refused = (action: string): Error =>
    stsError("AccessDenied", `User: ${callerArn} is not authorized to perform: sts:${action} on resource: ${roleArn}`);
  if (!role?.trusts.some((principal) => isTrusted(callerArn, principal))) throw refused("AssumeRole");
  if (Object.keys(tags).length > 0 && !role.mayTagSessions) throw refused("TagSession");
  if (seconds > longestChainedSeconds && callerArn.includes(":assumed-role/")) {
    const message =
      "The requested DurationSeconds exceeds the 1 hour session limit for roles assumed by role chaining.";
    throw stsError("ValidationError", message);
  }
  if (seconds > (role.maxSessionSeconds ?? 3600)) {
    const message = "The requested DurationSeconds exceeds the MaxSessionDuration set for this role.";
    throw stsError("ValidationError", message);
  }
  const { arn, credentials } = sessions.begin({ roleArn, sessionName, tags, seconds });
  return {
    AssumedRoleUser: { AssumedRoleId: `AROAEXAMPLEEXAMPLE000:${sessionName}`, Arn: arn },
    Credentials: {
      AccessKeyId: credentials.accessKeyId,
      SecretAccessKey: credentials.secretAccessKey,
      SessionToken: credentials.sessionToken,
      Expiration: new Date(credentials.expiresAtMs).toISOString().replace(/\.\d+Z$/, "Z"),
    },
  };
}

/** A role trusts a session as itself, as its role, or as anybody of its account. */
function isTrusted(callerArn: string, principal: string): boolean {
  const [, , , , account, resource = ""] = callerArn.split(":");
  const [, , , , trustedAccount, trusted = ""] = principal.split(":");
  if (callerArn === principal) return true;
  if (account !== trustedAccount) return false;
  const [kind, role] = resource.split("/");
  return (
    trusted === "root" || (kind === "assumed-role" && trusted.startsWith("role/") && trusted.split("/").at(-1) === role)
  );
}
