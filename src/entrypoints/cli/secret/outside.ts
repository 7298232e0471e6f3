import { randomBytes } from "node:crypto";
import { setTimeout } from "node:timers/promises";
import { CloudFormationClient } from "@aws-sdk/client-cloudformation";
import { SecretsManagerClient } from "@aws-sdk/client-secrets-manager";
import { SSMClient } from "@aws-sdk/client-ssm";
import { systemClock } from "../../../adapters/clock.ts";
import type { Clock } from "../../../core/ports.ts";

/** What the operator's commands touch beside GitHub. */
export type Outside = {
  readonly clock: Clock;
  /** Resolves after so long, or as soon as `signal` says that nobody waits any more. */
  readonly sleep: (ms: number, signal?: AbortSignal) => Promise<void>;
  /** So many random bytes, as lower-case hex. For secrets. */
  randomHex(bytes: number): string;
  readonly cloudFormation: CloudFormationClient;
  readonly secretsManager: SecretsManagerClient;
  readonly ssm: SSMClient;
};

/** AWS as the operator's own credentials see it; undefined: in the region that they are set up for. */
export function awsOutside(region: string | undefined): Outside {
  const reach = {
    ...(region === undefined ? {} : { region }),
    requestHandler: { connectionTimeout: 5000, requestTimeout: 30_000, throwOnRequestTimeout: true },
  };
  return {
    clock: systemClock,
    sleep: async (ms, signal) => {
      await setTimeout(ms, undefined, signal && { signal }).catch(() => undefined);
    },
    randomHex: (bytes) => randomBytes(bytes).toString("hex"),
    cloudFormation: new CloudFormationClient(reach),
    secretsManager: new SecretsManagerClient(reach),
    ssm: new SSMClient(reach),
  };
}
