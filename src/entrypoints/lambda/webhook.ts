import { awsBase } from "../compose/aws/aws-base.ts";
import { hurriedReach } from "../compose/aws/reach.ts";
import { composeWebhook } from "../compose/aws/webhook.ts";
import { readBaseSettings } from "./settings/base-settings.ts";
import { readEnvironment } from "./settings/environment.ts";
import { webhookFunction } from "./webhook-function.ts";

const settings = readEnvironment(process.env, readBaseSettings);
const base = awsBase("webhook", settings, hurriedReach(settings.region));

/** GitHub's webhooks: verified, read, and kept in the queue. */
export const handler = webhookFunction(composeWebhook(base, settings), base.log);
