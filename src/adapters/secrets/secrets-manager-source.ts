import { GetSecretValueCommand } from "@aws-sdk/client-secrets-manager";
import type { GetSecretValueCommandOutput, SecretsManagerClient } from "@aws-sdk/client-secrets-manager";
import { CallError } from "../../core/errors/call-error.ts";
import { awsCallError } from "../aws/aws-call-error.ts";
import { noValueYet, redactedWords } from "./secret-words.ts";
import type { SecretSource } from "./secret-source.ts";
import { secretsManagerCodes } from "./secrets-manager-codes.ts";

const operation = "GetSecretValue";

/**
 * The current version of a secret of AWS Secrets Manager; `id` is its name or ARN. The client needs
 * `secretsmanager:GetSecretValue` on it, and `kms:Decrypt` where it has a key of its own.
 */
export function secretsManagerSource(client: SecretsManagerClient, id: string): SecretSource {
  return {
    name: id,
    async read() {
      let answer: GetSecretValueCommandOutput;
      try {
        answer = await client.send(new GetSecretValueCommand({ SecretId: id }));
      } catch (error) {
        throw explained(awsCallError(error, "secrets", operation, secretsManagerCodes, redactedWords), id);
      }
      if (answer.SecretString !== undefined) return answer.SecretString;
      const message = `the secret ${id} holds bytes in place of a text: write it with npx mayfly register`;
      throw new CallError({ service: "secrets", operation, kind: "invalid", message });
    },
  };
}

/** A secret that is there without a value is the usual state between the deployment and the registration. */
function explained({ facts }: CallError, id: string): CallError {
  if (facts.kind !== "not-found") return new CallError({ ...facts, message: `the secret ${id}: ${facts.message}` });
  const message = facts.message.includes("secret value")
    ? noValueYet(`the secret ${id}`)
    : `there is no secret ${id} in this account and region: deploy first, or correct its name`;
  return new CallError({ ...facts, message });
}
