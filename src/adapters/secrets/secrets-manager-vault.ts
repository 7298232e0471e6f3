import { createHash } from "node:crypto";
import { DescribeSecretCommand, GetSecretValueCommand, PutSecretValueCommand } from "@aws-sdk/client-secrets-manager";
import type { DescribeSecretCommandOutput, SecretsManagerClient } from "@aws-sdk/client-secrets-manager";
import { CallError, isCallError } from "../../core/errors/call-error.ts";
import { awsCallError } from "../aws/aws-call-error.ts";
import { redactedWords } from "./secret-words.ts";
import { changedMeanwhile, isWritten } from "./secret-vault.ts";
import type { SecretState, SecretVault } from "./secret-vault.ts";
import { secretsManagerCodes } from "./secrets-manager-codes.ts";

/**
 * A secret of AWS Secrets Manager, which the deployment has made; `id` is its name or ARN. The token of a write follows
 * from the version that it was made from, so that of two writes from the same version the second one is refused: the
 * token is the new version's id, and a version never changes.
 * https://docs.aws.amazon.com/secretsmanager/latest/apireference/API_PutSecretValue.html
 */
export function secretsManagerVault(client: SecretsManagerClient, id: string): SecretVault {
  const call = async <Result>(operation: string, send: () => Promise<Result>): Promise<Result> => {
    try {
      return await send();
    } catch (error) {
      const { facts } = awsCallError(error, "secrets", operation, secretsManagerCodes, redactedWords);
      const isGone = facts.kind === "not-found";
      const message = isGone
        ? `there is no secret ${id} in this account and region: deploy first, or correct its name`
        : `the secret ${id}: ${facts.message}`;
      throw new CallError({ ...facts, message });
    }
  };
  const state = async (): Promise<SecretState> => {
    const described = await call("DescribeSecret", () => client.send(new DescribeSecretCommand({ SecretId: id })));
    const version = currentVersion(described);
    const stamp = [described.ARN, version ?? "none", described.LastChangedDate?.getTime() ?? 0].join(" ");
    if (version === undefined) return { text: undefined, version, writtenAtMs: undefined, stamp };
    const { SecretString: text, CreatedDate: at } = await call("GetSecretValue", () =>
      client.send(new GetSecretValueCommand({ SecretId: id, VersionId: version })),
    );
    return { text, version, writtenAtMs: at?.getTime(), stamp };
  };
  return {
    name: id,
    state,
    async write(text, before) {
      if (isWritten(text, before, await state(), id)) return;
      const input = { SecretId: id, SecretString: text, ClientRequestToken: tokenOf(before.stamp) };
      await call("PutSecretValue", () => client.send(new PutSecretValueCommand(input))).catch((error: unknown) => {
        throw isCallError(error, "conflict") ? changedMeanwhile(id, "PutSecretValue") : error;
      });
    },
  };
}

function currentVersion({ VersionIdsToStages: stages = {} }: DescribeSecretCommandOutput): string | undefined {
  return Object.entries(stages).find(([, labels]) => labels.includes("AWSCURRENT"))?.[0];
}

/** 32 to 64 characters. */
function tokenOf(stamp: string): string {
  return `mayfly-${createHash("sha256").update(stamp).digest("hex").slice(0, 40)}`;
}
