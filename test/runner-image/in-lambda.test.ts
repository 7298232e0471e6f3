import { randomUUID } from "node:crypto";
import { chmod, mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { createServer } from "node:http";
import type { Server } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { InvokeCommand, LambdaClient } from "@aws-sdk/client-lambda";
import { afterAll, beforeAll, expect, test } from "@jest/globals";
import { buildSupervisor } from "../../runner-image/build-supervisor.ts";
import type { FakeAwsEvent } from "../../src/sandbox/aws/lambda/function.ts";
import { startFakeAws } from "../../src/sandbox/aws/start.ts";
import type { FakeAws } from "../../src/sandbox/aws/start.ts";
import { machineIsolation } from "../../src/sandbox/machine/machine-isolation.ts";
import { processesWith } from "../helpers/processes.ts";

const left = `left-behind-${randomUUID()}`;
const isolation = await machineIsolation();
// without namespaces a process that cleared its environment and left its family is nobody's, and stays
const cleared = isolation.kind === "namespaces" ? "env -i PATH=$PATH" : "";
const listener = `#!/bin/bash
echo "2026-11-22 10:00:00Z: Listening for Jobs"
echo "2026-11-22 10:00:00Z: Running job: build"
( ( ${cleared} setsid bash -c 'exec -a ${left} sleep 50' & ) & )
while [ "$(pgrep -fc '^${left}')" = 0 ]; do sleep 0.02; done
touch /etc/mayfly-was-here 2>/dev/null && echo "WROTE /etc"
echo "LEFT $(pgrep -fc '^${left}')"
exit 100
`;

let folder: string;
let host: Server;
let hostUrl: string;
let aws: FakeAws;
let client: LambdaClient;
const events: FakeAwsEvent[] = [];
const claims: string[] = [];

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "mayfly-in-lambda-"));
  const distribution = join(folder, "dist");
  await mkdir(join(distribution, "bin"), { recursive: true });
  await writeFile(join(distribution, "bin", "Runner.Listener"), listener);
  await chmod(join(distribution, "bin", "Runner.Listener"), 0o755);
  const supervisor = join(folder, "code", "supervisor.mjs");
  await buildSupervisor(supervisor);
  host = createServer((request, response) => {
    request.resume();
    const grant = { githubRunnerName: "mayfly-1-1-1", jitConfig: "jit", session: "s", idleSeconds: 30 };
    if (request.url === "/host/claim") {
      claims.push(request.url);
      response.end(JSON.stringify({ ...grant, shutdownSeconds: 5, endByMs: null }));
    } else response.writeHead(204).end();
  });
  await new Promise<void>((resolve) => {
    host.listen(0, "127.0.0.1", resolve);
  });
  hostUrl = `http://127.0.0.1:${(host.address() as AddressInfo).port}`;
  aws = await startFakeAws({
    region: "eu-central-1",
    account: "123456789012",
    dataDir: join(folder, "data"),
    faults: { take: () => undefined },
    functions: {
      runner: {
        memoryMb: 3008,
        timeoutMs: 30_000,
        tenancy: "PER_TENANT",
        command: { file: process.execPath, args: [supervisor] },
        env: { MAYFLY_RUNNER_DIST: distribution },
      },
    },
    idleEnvironmentMs: 20_000,
    onEvent: (event) => events.push(event),
  });
  const credentials = { accessKeyId: "AKIDEXAMPLE", secretAccessKey: "secret" };
  client = new LambdaClient({ region: "eu-central-1", endpoint: aws.url, maxAttempts: 1, credentials });
});

afterAll(async () => {
  client.destroy();
  await aws.close();
  host.closeAllConnections();
  await new Promise((resolve) => {
    host.close(resolve);
  });
  await rm(folder, { recursive: true, force: true });
});

async function invoke(): Promise<void> {
  const nowMs = Date.now();
  const event = { runner: "mayfly-1-1", token: "t", hostUrl, claimByMs: nowMs + 20_000, endByMs: nowMs + 60_000 };
  const Payload = Buffer.from(JSON.stringify(event));
  await client.send(
    new InvokeCommand({ FunctionName: "runner", InvocationType: "Event", TenantId: "mayfly-1-1", Payload }),
  );
}

/** Waits for what `find` finds; fails when the environment ends instead. */
async function until<Found>(find: () => Found | undefined): Promise<Found> {
  for (;;) {
    const found = find();
    if (found !== undefined) return found;
    if (events.some((event) => event.type === "environment-ended")) throw new Error(JSON.stringify(events));
    await new Promise((resolve) => {
      setTimeout(resolve, 10);
    });
  }
}

test("in an environment of Lambda: one runner, nothing left of it, and no second one", async () => {
  await invoke();
  await until(() => events.find(({ type }) => type === "invocation-answered"));
  expect(processesWith(left)).toEqual([]);

  await until(() => aws.environments().find(({ state }) => state === "frozen"));
  await invoke();
  const refused = await until(() => events.find(({ type }) => type === "invocation-failed"));
  expect(refused.reason).toContain("Mayfly.EnvironmentUsed");
  expect(aws.environments()).toHaveLength(1);
  expect(claims).toHaveLength(1);

  const [environment] = aws.environments();
  const log = await readFile(aws.logFile(environment?.logGroup ?? "", environment?.logStream ?? ""), "utf8");
  expect(log).toContain(" LEFT 1\n");
  expect(log).not.toContain("WROTE /etc");
  expect(log).toContain(`"outcome":"job-succeeded"`);
});
