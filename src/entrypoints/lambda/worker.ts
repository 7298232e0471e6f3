import { sqsSettle } from "../../adapters/queue/sqs/sqs-settle.ts";
import { awsBase } from "../compose/aws/aws-base.ts";
import { composeCore } from "../compose/aws/core-ports.ts";
import { launchingMachines } from "../compose/aws/launching.ts";
import { measuredHandler } from "./measured-handler.ts";
import { readCoreSettings } from "./settings/core-settings.ts";
import { readEnvironment } from "./settings/environment.ts";
import { workerHandler } from "./worker/worker-handler.ts";

const { deadLetterQueueUrl, ...settings } = readEnvironment(process.env, (from) => ({
  ...readCoreSettings(from),
  deadLetterQueueUrl: from.required("MAYFLY_DEAD_LETTER_QUEUE_URL"),
}));
const base = awsBase("worker", settings);
const compute = launchingMachines(settings, new URL("user-data.sh", import.meta.url));
const open = composeCore(base, settings, { compute, roles: undefined });
const { queueUrl } = settings;

/** The work queue's messages: plan, launch, observe, report, reap. */
export const handler = measuredHandler(
  base.metrics,
  workerHandler({
    // Without the App's secrets a message comes back, and no other one suffers for it.
    app: { onMessage: async (message, receives) => await (await open()).onMessage(message, receives) },
    settle: sqsSettle({ client: base.sqs, queueUrl, deadLetterQueueUrl }),
    log: base.log,
  }),
);
