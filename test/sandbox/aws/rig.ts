import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { InvokeCommand, LambdaClient } from "@aws-sdk/client-lambda";
import type { InvokeCommandInput, InvokeCommandOutput } from "@aws-sdk/client-lambda";
import type { FakeAwsEvent, FunctionOptions } from "../../../src/sandbox/aws/lambda/function.ts";
import { startFakeAws } from "../../../src/sandbox/aws/start.ts";
import type { FakeAws, FakeAwsOptions } from "../../../src/sandbox/aws/start.ts";
import type { Faults } from "../../../src/sandbox/faults.ts";
import { until } from "../../helpers/until.ts";

export const region = "eu-central-1";
export const credentials = { accessKeyId: "AKIDEXAMPLE", secretAccessKey: "secret" };

/** A function that does what its event says, line by line of `do`, over the Runtime API. */
const runtime = `
import { spawn } from "node:child_process";
import { writeFileSync } from "node:fs";
const base = "http://" + process.env.AWS_LAMBDA_RUNTIME_API + "/2018-06-01/runtime/invocation/";
let served = 0;
for (;;) {
  const next = await fetch(base + "next");
  const id = next.headers.get("lambda-runtime-aws-request-id");
  const event = await next.json();
  served += 1;
  let failure;
  const acts = {
    say: (text) => console.log(text),
    headers: () => console.log("headers " + JSON.stringify(Object.fromEntries(next.headers))),
    environment: () => console.log("environment " + JSON.stringify(process.env)),
    sleep: (ms) => new Promise((resolve) => setTimeout(resolve, ms)),
    write: (path) => { try { writeFileSync(path, ""); console.log("wrote " + path); } catch (error) { console.log(error.code + " " + path); } },
    exit: (code) => process.exit(code),
    kill: (signal) => process.kill(process.pid, signal),
    fail: (message) => (failure = message),
    leave: (name) => spawn("setsid", ["bash", "-c", "exec -a " + name + " sleep 50"], { stdio: "inherit", detached: true }).unref(),
    next: async () => console.log("next answers " + (await fetch(base + "next")).status),
  };
  for (const [act, value] of event.do ?? []) await acts[act](value);
  const body = JSON.stringify(failure ? { errorType: "Function.Failed", errorMessage: failure } : { served });
  const answer = await fetch(base + id + (failure ? "/error" : "/response"), { method: "POST", body });
  if (event.twice) console.log("again " + (await fetch(base + id + "/response", { method: "POST", body })).status);
}
`;

export type Act = readonly [act: string, value?: unknown];

export type Rig = {
  readonly aws: FakeAws;
  readonly events: FakeAwsEvent[];
  readonly lambda: LambdaClient;
  readonly folder: string;
  /** Strikes the next call of the operation. */
  breakNext(service: string, operation: string, kind: string): void;
  invoke(tenant: string, acts: readonly Act[], more?: Partial<InvokeCommandInput>): Promise<InvokeCommandOutput>;
  /** Resolves with the first such event of a tenant, when it has come. */
  seen(type: FakeAwsEvent["type"], tenant: string, times?: number): Promise<FakeAwsEvent>;
  /** Every line in the log streams of a tenant, one stream after the other, without the times. */
  log(tenant: string): Promise<string[]>;
  close(): Promise<void>;
};

/** A stand-in for AWS with the functions `tenants` (PER_TENANT), `plain` and `slow` (PER_TENANT, 400 ms). */
export async function startRig(options: Partial<FakeAwsOptions> = {}): Promise<Rig> {
  const folder = await mkdtemp(join(tmpdir(), "mayfly-aws-"));
  const program = join(folder, "function.mjs");
  await writeFile(program, runtime);
  const events: FakeAwsEvent[] = [];
  const broken: [string, string, string][] = [];
  const faults: Faults = {
    take(service, operation) {
      const index = broken.findIndex(([of, what]) => of === service && what === operation);
      return index === -1 ? undefined : broken.splice(index, 1)[0]?.[2];
    },
  };
  const base: FunctionOptions = {
    memoryMb: 3008,
    timeoutMs: 20_000,
    command: { file: process.execPath, args: [program] },
    env: { OWN: "variable" },
  };
  const aws = await startFakeAws({
    region,
    account: "123456789012",
    dataDir: join(folder, "data"),
    faults,
    functions: {
      tenants: { ...base, tenancy: "PER_TENANT" },
      plain: base,
      slow: { ...base, tenancy: "PER_TENANT", timeoutMs: 400 },
      narrow: { ...base, tenancy: "PER_TENANT", reservedConcurrency: 1 },
      closed: { ...base, tenancy: "PER_TENANT", reservedConcurrency: 0 },
    },
    onEvent: (event) => events.push(event),
    ...options,
  });
  const lambda = new LambdaClient({ region, endpoint: aws.url, maxAttempts: 1, credentials });
  return {
    aws,
    events,
    lambda,
    folder,
    breakNext: (service, operation, kind) => void broken.push([service, operation, kind]),
    invoke: (tenant, acts, more) =>
      lambda.send(
        new InvokeCommand({
          FunctionName: "tenants",
          InvocationType: "Event",
          TenantId: tenant,
          Payload: Buffer.from(JSON.stringify({ do: acts })),
          ...more,
        }),
      ),
    async seen(type, tenant, times = 1) {
      const found = (): FakeAwsEvent | undefined =>
        events.filter((event) => event.type === type && event.tenant === tenant)[times - 1];
      await until(() => found() !== undefined);
      return found() as FakeAwsEvent;
    },
    async log(tenant) {
      const streams = aws.environments().filter((environment) => environment.tenant === tenant);
      const files = streams.map(({ logGroup, logStream }) => aws.logFile(logGroup, logStream));
      const texts = await Promise.all(files.map((file) => readFile(file, "utf8")));
      return texts.flatMap((text) => text.split("\n").slice(0, -1)).map((line) => line.slice(25));
    },
    async close() {
      lambda.destroy();
      await aws.close();
      await rm(folder, { recursive: true, force: true });
    },
  };
}
