import { secretStore } from "../../src/sandbox/aws/secrets-manager/secret-store.ts";
import { parameterStore } from "../../src/sandbox/aws/ssm/parameter-store.ts";
import { join } from "node:path";
import { parsePayload } from "../../runner-image/supervisor/payload.ts";
import { awsAccount, functionName, region } from "../../src/entrypoints/local/sandbox-names.ts";
import { answerRequest } from "../../src/sandbox/aws/answer-request.ts";
import { runEc2 } from "../../src/sandbox/aws/ec2/run-ec2.ts";
import { listen } from "../../src/sandbox/aws/http.ts";
import type { LambdaEvent } from "../../src/sandbox/aws/lambda/function.ts";
import type { RunningFunction } from "../../src/sandbox/aws/lambda/run-function.ts";
import { logStore } from "../../src/sandbox/aws/logs/log-store.ts";
import { liveAsMachine } from "./soak-machine.ts";
import type { MachineLife, MachineTimes } from "./soak-machine.ts";

/** An accepted Invoke and what became of its machine. */
export type Launch = {
  readonly runner: string;
  /** Undefined while it lives. */
  life: MachineLife | undefined;
};

export type SoakAws = {
  readonly url: string;
  /** PEM; Mayfly wants one, though no instance is ever launched. */
  readonly instanceCertificate: string;
  /** In the order in which they were accepted. */
  readonly launches: readonly Launch[];
  /** What went wrong inside a machine, which is never the product's doing. */
  readonly faults: readonly string[];
};

const noFaults = { take: () => undefined };
const nothing = { images: {}, subnets: {}, securityGroups: [], launchTemplates: {} };

/**
 * The sandbox's AWS in front of machines that are no processes: Lambda's Invoke is read and checked by the same code,
 * and EC2 answers for an account without instances.
 */
export async function startSoakAws(dataDir: string, timesOf: () => MachineTimes): Promise<SoakAws> {
  const launches: Launch[] = [];
  const faults: string[] = [];
  const accept = (event: LambdaEvent): void => {
    const payload = parsePayload(event.body);
    const launch: Launch = { runner: payload.runner, life: undefined };
    launches.push(launch);
    void (async () => {
      try {
        launch.life = await liveAsMachine(payload, timesOf());
      } catch (error) {
        faults.push(`the machine of ${launch.runner}: ${String(error)}`);
        launch.life = { end: "removed", jobId: undefined, allowed: false };
      }
    })();
  };
  const lambda: RunningFunction = {
    settings: { memoryMb: 3008, timeoutMs: 900_000, tenancy: "PER_TENANT", command: { file: "", args: [] }, env: {} },
    accept,
    environments: () => [],
    waiting: () => 0,
    close: async () => undefined,
  };
  let url = "";
  const ec2 = await runEc2({
    region,
    account: awsAccount,
    dataDir,
    isolation: { kind: "processes", reason: "no instance is launched" },
    faults: noFaults,
    settings: nothing,
    awsUrl: () => url,
    onCall: () => undefined,
    onChange: () => undefined,
  });
  const context = {
    store: logStore(join(dataDir, "logs")),
    region,
    account: awsAccount,
    faults: noFaults,
    functions: new Map([[functionName, lambda]]),
    onCall: () => undefined,
    onAccept: accept,
    ec2: ec2.api,
    secrets: secretStore({ region, account: awsAccount }),
    parameters: parameterStore({ region, account: awsAccount }),
  };
  const { address } = await listen((request, response) => {
    answerRequest(context, request, response).catch(() => response.destroy());
  }, 0);
  url = `http://${address}`;
  return { url, instanceCertificate: ec2.certificatePem, launches, faults };
}
