import { AssumeRoleCommand } from "@aws-sdk/client-sts";
import type { AssumeRoleCommandOutput, STSClient } from "@aws-sdk/client-sts";
import { CallError } from "../../core/errors/call-error.ts";
import type { Credentials, RoleCredentials } from "../../core/ports.ts";
import { awsCallError } from "../aws/aws-call-error.ts";
import { redact } from "../log/redact.ts";
import { sessionName } from "./session-name.ts";
import { sessionTags } from "./session-tags.ts";
import { stsCodes } from "./sts-codes.ts";

export type StsOptions = {
  /**
   * Of the region that the roles are assumed in. Made with `maxAttempts: 1`, because what a failed call means is
   * decided in the core alone, and with a request handler that gives up on an answer (`requestTimeout`,
   * `throwOnRequestTimeout`).
   */
  readonly client: STSClient;
};

/**
 * Credentials of roles from AWS STS. With credentials that are a role's session themselves, as on Lambda and EC2, none
 * lasts longer than an hour, whatever the role allows (role chaining). A session's tags do not go on to roles that are
 * assumed with its credentials.
 */
export function stsRoles({ client }: StsOptions): RoleCredentials {
  return {
    async assume({ roleArn, sessionName: name, tags, seconds }) {
      const list = sessionTags(tags);
      const command = new AssumeRoleCommand({
        RoleArn: roleArn,
        RoleSessionName: sessionName(name),
        DurationSeconds: seconds,
        // the right to tag is not needed for none
        Tags: list.length > 0 ? list : undefined,
      });
      let reply: AssumeRoleCommandOutput;
      try {
        reply = await client.send(command);
      } catch (error) {
        throw awsCallError(error, "sts", "AssumeRole", stsCodes, redact);
      }
      return credentialsOf(reply);
    },
  };
}

function credentialsOf({ Credentials: given }: AssumeRoleCommandOutput): Credentials {
  const { AccessKeyId: accessKeyId, SecretAccessKey: secretAccessKey, SessionToken: sessionToken } = given ?? {};
  const expiresAtMs = given?.Expiration?.getTime() ?? Number.NaN;
  if (!accessKeyId || !secretAccessKey || !sessionToken || Number.isNaN(expiresAtMs)) {
    const message = "the answer holds no credentials";
    throw new CallError({ service: "sts", operation: "AssumeRole", kind: "lost-reply", message });
  }
  return { accessKeyId, secretAccessKey, sessionToken, expiresAtMs };
}
