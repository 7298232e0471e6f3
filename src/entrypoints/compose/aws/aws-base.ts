import { SecretsManagerClient } from "@aws-sdk/client-secrets-manager";
import { SQSClient } from "@aws-sdk/client-sqs";
import { SSMClient } from "@aws-sdk/client-ssm";
import { systemClock } from "../../../adapters/clock.ts";
import { powertoolsLog, powertoolsLogger } from "../../../adapters/log/powertools-log.ts";
import { powertoolsMetrics } from "../../../adapters/metrics/powertools-metrics.ts";
import type { PowertoolsMetrics } from "../../../adapters/metrics/powertools-metrics.ts";
import { ssmPolicy } from "../../../adapters/policy/ssm-policy.ts";
import { appSecrets } from "../../../adapters/secrets/app-secrets.ts";
import type { AppSecrets } from "../../../adapters/secrets/app-secrets.ts";
import type { SecretSource } from "../../../adapters/secrets/secret-source.ts";
import { secretsManagerSource } from "../../../adapters/secrets/secrets-manager-source.ts";
import { ssmSource } from "../../../adapters/secrets/ssm-source.ts";
import { yamlReader } from "../../../adapters/yaml/yaml-reader.ts";
import type { Clock, Log, PolicySource, YamlReader } from "../../../core/ports.ts";
import type { BaseSettings } from "../../lambda/settings/base-settings.ts";
import { patientReach } from "./reach.ts";
import type { Reach } from "./reach.ts";

/** What every function of a deployment has. */
export type AwsBase = {
  readonly clock: Clock;
  readonly log: Log;
  readonly metrics: PowertoolsMetrics;
  readonly sqs: SQSClient;
  readonly yaml: YamlReader;
  readonly policy: PolicySource;
  readonly secrets: { read(): Promise<AppSecrets> };
};

/** `service`: the function's name, as its log lines say it. Reads nothing yet. */
export function awsBase(service: string, settings: BaseSettings, reach = patientReach(settings.region)): AwsBase {
  const { logLevel: level, policyParameter: parameter, stack } = settings;
  const ssm = new SSMClient(reach);
  const clock = systemClock;
  const log = powertoolsLog(powertoolsLogger({ service, level }));
  const yaml = yamlReader();
  return {
    clock,
    log,
    metrics: powertoolsMetrics(stack),
    sqs: new SQSClient(reach),
    yaml,
    policy: ssmPolicy({ client: ssm, parameter, yaml, clock, log }),
    secrets: appSecrets({ source: secretSource(settings, ssm, reach), clock, log }),
  };
}

function secretSource({ secret }: BaseSettings, ssm: SSMClient, reach: Reach): SecretSource {
  if (secret.service === "ssm") return ssmSource(ssm, secret.id);
  return secretsManagerSource(new SecretsManagerClient(reach), secret.id);
}
