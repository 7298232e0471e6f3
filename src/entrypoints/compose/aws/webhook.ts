import { sqsSender } from "../../../adapters/queue/sqs/sqs-sender.ts";
import { receiveDelivery } from "../../../core/pipeline/receive-delivery.ts";
import type { BaseSettings } from "../../lambda/settings/base-settings.ts";
import type { OpenWebhook } from "../../lambda/webhook-function.ts";
import type { AwsBase } from "./aws-base.ts";
import { remade } from "./remade.ts";

/** The webhook's part of Mayfly: it knows the queue, the policy and the App's secrets, and nothing else. */
export function composeWebhook(base: AwsBase, { queueUrl, labelPrefix }: BaseSettings): () => Promise<OpenWebhook> {
  const { sqs: client, log, policy, secrets } = base;
  const queue = sqsSender({ client, queueUrl });
  // Deny by default: who is served stands in the policy.
  const settings = {
    labelPrefix,
    installations: [],
    caps: { total: undefined, executions: {}, repository: undefined },
  };
  const app: OpenWebhook["app"] = {
    onWebhook: async (delivery) => await receiveDelivery({ log, policy, queue }, settings, delivery),
  };
  return remade(
    async () => await secrets.read(),
    ({ appId, privateKey, webhookSecrets }) => ({ app, appId, privateKey, webhookSecrets }),
  );
}
