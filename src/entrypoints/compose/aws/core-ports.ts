import { DynamoDBClient } from "@aws-sdk/client-dynamodb";
import { systemRandom } from "../../../adapters/clock.ts";
import { githubApp } from "../../../adapters/github/github-app.ts";
import { sqsSender } from "../../../adapters/queue/sqs/sqs-sender.ts";
import type { AppSecrets } from "../../../adapters/secrets/app-secrets.ts";
import { hmacSigner } from "../../../adapters/signer.ts";
import { dynamodbStore } from "../../../adapters/store/dynamodb.ts";
import { workflowReader } from "../../../adapters/workflow-file/workflow-reader.ts";
import { createApp } from "../../../core/app.ts";
import type { App } from "../../../core/app.ts";
import type { Ports } from "../../../core/ports.ts";
import type { CoreSettings } from "../../lambda/settings/core-settings.ts";
import type { AwsBase } from "./aws-base.ts";
import { patientReach } from "./reach.ts";
import { remade } from "./remade.ts";

/**
 * The whole core on AWS, for a function that has these machines and roles. It is made when the App's secrets are known,
 * and anew when they change.
 */
export function composeCore(
  base: AwsBase,
  settings: CoreSettings,
  machines: Pick<Ports, "compute" | "roles">,
): () => Promise<App> {
  const { clock, log, metrics, policy, sqs, yaml } = base;
  const { queueUrl, region, table, githubUrl: baseUrl } = settings;
  const shared = {
    clock,
    log,
    metrics,
    policy,
    yaml,
    random: systemRandom,
    store: dynamodbStore({ client: new DynamoDBClient(patientReach(region)), table, clock }),
    queue: sqsSender({ client: sqs, queueUrl }),
    workflows: workflowReader(),
    ...machines,
  };
  const make = ({ appId, privateKey, hostKey }: AppSecrets): App => {
    const github = githubApp({ appId, privateKey, baseUrl, log, clock, metrics });
    return createApp({ ...shared, github, signer: hmacSigner(hostKey) }, settings.core);
  };
  return remade(async () => await base.secrets.read(), make);
}
