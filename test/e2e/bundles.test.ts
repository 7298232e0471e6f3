import { mkdtemp, readFile, rm, stat } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Writable } from "node:stream";
import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import type { Metafile } from "esbuild";
import { buildFunction } from "../../scripts/build/build-function.ts";
import { functions } from "../../scripts/build/functions.ts";
import { sdkCommands } from "../../scripts/build/sdk-commands.ts";
import { deployedFunction } from "../../src/sandbox/aws/functions/deployed-function.ts";
import type { DeployedFunction, Invoked } from "../../src/sandbox/aws/functions/deployed-function.ts";
import { gatewayEvents, githubHeaders } from "../entrypoints/lambda/gateway-events.ts";
import { jobFacts, repository } from "../helpers/records.ts";
import { jobPayload } from "../helpers/webhook-payloads.ts";
import { startBackends } from "./function-backends.ts";
import type { Backends } from "./function-backends.ts";

let folder = "";
const metafiles = new Map<string, Metafile>();

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "mayfly-bundles-"));
  const built = functions.map(async (one) => metafiles.set(one.name, await buildFunction(one, folder)));
  await Promise.all(built);
});
afterAll(async () => {
  await rm(folder, { recursive: true });
});

/** Files of the repository and of packages that are in a bundle. */
function inputs(name: string): string[] {
  const outputs = Object.values(metafiles.get(name)?.outputs ?? {});
  return outputs.flatMap((output) =>
    Object.entries(output.inputs).flatMap(([path, { bytesInOutput }]) => (bytesInOutput > 0 ? [path] : [])),
  );
}

function packagesOf(name: string): Set<string> {
  const paths = inputs(name).flatMap((path) => /^(?:.*\/)?node_modules\/((?:@[^/]+\/)?[^/]+)/.exec(path)?.[1] ?? []);
  return new Set(paths);
}

describe("bundles", () => {
  test.each(functions.map((one) => [one.name, one] as const))(
    "%s is as small as it was said to be",
    async (name, { mostKib }) => {
      const { size } = await stat(join(folder, name, "index.mjs"));
      expect(size / 1024).toBeLessThanOrEqual(mostKib);
      // A limit that is far away holds nothing.
      expect(size / 1024).toBeGreaterThan(mostKib * 0.85);
    },
  );

  test("the webhook is at most 1,100 KiB", () => {
    expect(functions.find(({ name }) => name === "webhook")?.mostKib).toBe(1100);
  });

  test("the webhook knows neither EC2 nor Lambda nor the table, and the rest of the core is not in it", () => {
    expect(sdkCommands(metafiles.get("webhook") as Metafile)).toEqual([
      "secrets-manager:GetSecretValue",
      "sqs:SendMessageBatch",
      "ssm:GetParameter",
    ]);
    const core = inputs("webhook").filter((path) => path.startsWith("src/core/pipeline/"));
    expect(core.filter((path) => /launch|claim|reap|report|schedule/.test(path))).toEqual([]);
  });

  test("only the worker can launch, only the host can take a role", () => {
    const having = (command: string): string[] =>
      functions.flatMap(({ name }) => (sdkCommands(metafiles.get(name) as Metafile).includes(command) ? [name] : []));
    expect(having("ec2:RunInstances")).toEqual(["worker"]);
    expect(having("lambda:Invoke")).toEqual(["worker"]);
    expect(having("sts:AssumeRole")).toEqual(["host"]);
    expect(having("ec2:TerminateInstances")).toEqual(["worker", "host", "schedule"]);
  });

  test.each(functions.map(({ name }) => [name]))(
    "%s holds the product only: no stand-in, no tool, no test",
    async (name) => {
      const { devDependencies } = JSON.parse(await readFile("package.json", "utf8")) as {
        readonly devDependencies: Readonly<Record<string, string>>;
      };
      const paths = inputs(name).filter((path) =>
        /^(?:src\/sandbox|src\/entrypoints\/(?:local|cli)|test|scripts)\//.test(path),
      );
      expect(paths).toEqual([]);
      // Also needed by packages of the product.
      const shared = new Set(["ajv", "asn1js", "pkijs", "@smithy/signature-v4"]);
      expect([...packagesOf(name)].filter((one) => one in devDependencies && !shared.has(one))).toEqual([]);
    },
  );
});

describe("dist/webhook", () => {
  let backends: Backends;
  let webhook: DeployedFunction;
  let written = "";
  const log = new Writable({
    write(chunk: Buffer, _, done) {
      written += chunk.toString();
      done();
    },
  });

  beforeAll(async () => {
    backends = await startBackends({ installations: [repository.installationId] });
    const bundle = join(folder, "webhook", "index.mjs");
    webhook = deployedFunction({
      name: "webhook",
      bundle,
      env: backends.env,
      timeoutMs: 20_000,
      mostEnvironments: 2,
      log,
    });
  });
  afterAll(async () => {
    await webhook.close();
    await backends.close();
  });

  const path = "/api/github/webhooks";
  async function send(payload: unknown, secret: string): Promise<readonly (readonly [string, Invoked])[]> {
    const body = JSON.stringify(payload);
    const events = Object.entries(gatewayEvents({ path, headers: githubHeaders(body, secret), body }));
    return await Promise.all(events.map(async ([shape, event]) => [shape, await webhook.invoke(event)] as const));
  }
  const own = jobPayload("queued", jobFacts(1));

  test("the first delivery of a cold start, and every shape of it: 202, and one message in the queue each", async () => {
    const answers = await send(own, backends.webhookSecret);
    for (const [shape, invoked] of answers)
      expect([shape, invoked]).toMatchObject([shape, { result: { statusCode: 202 } }]);
    const messages = await backends.messages();
    expect(messages).toHaveLength(answers.length);
    expect(backends.queueWrites()).toBe(answers.length);
    expect(messages[0]).toMatchObject({ kind: "job", action: "queued", job: { id: 1 } });
  });

  test.each([
    [
      "a foreign installation, rightly signed",
      () => jobPayload("queued", jobFacts(2), { ...repository, installationId: 666 }),
      true,
      202,
    ],
    ["a signature of somebody else's", () => own, false, 401],
    ["a label that is not ours", () => jobPayload("queued", jobFacts(3, { labels: ["ubuntu-latest"] })), true, 202],
  ])("%s: no queue write at all", async (_, payload, signed, statusCode) => {
    const before = backends.queueWrites();
    const answers = await send(payload(), signed ? backends.webhookSecret : "guessed");
    for (const [shape, invoked] of answers) expect([shape, invoked]).toMatchObject([shape, { result: { statusCode } }]);
    expect(backends.queueWrites()).toBe(before);
  });

  test("nothing secret stands in its log", () => {
    expect(written).not.toContain(backends.webhookSecret);
    expect(written).not.toMatch(/sha256=|PRIVATE KEY/);
  });
});

describe("a wrong environment", () => {
  test.each(functions.map(({ name }) => [name]))("%s says everything that is missing, at once", async (name) => {
    const log = new Writable({ write: (_chunk, _encoding, done) => done() });
    const bundle = join(folder, name, "index.mjs");
    const one = deployedFunction({
      name,
      bundle,
      env: { AWS_REGION: "eu-central-1" },
      timeoutMs: 20_000,
      mostEnvironments: 1,
      log,
    });
    const invoked = await one.invoke({});
    await one.close();
    const text = "error" in invoked ? invoked.error : "";
    for (const variable of ["MAYFLY_STACK", "MAYFLY_QUEUE_URL", "MAYFLY_SECRET", "MAYFLY_POLICY_PARAMETER"]) {
      expect(text).toContain(`${variable} is not set`);
    }
  });
});
