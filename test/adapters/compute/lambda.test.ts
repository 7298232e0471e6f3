import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { LambdaClient } from "@aws-sdk/client-lambda";
import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { lambdaProvider } from "../../../src/adapters/compute/lambda.ts";
import { startFakeAws } from "../../../src/sandbox/aws/start.ts";
import type { FakeAws } from "../../../src/sandbox/aws/start.ts";
import type { LambdaFunction } from "../../../src/adapters/compute/lambda/choose-function.ts";
import { computeProviderContract, launchRequest } from "../../contract/compute-provider.ts";
import { machineSpec } from "../../helpers/machine-spec.ts";

/** A function that prints its event and answers it. */
const program = `
const base = "http://" + process.env.AWS_LAMBDA_RUNTIME_API + "/2018-06-01/runtime/invocation/";
for (;;) {
  const next = await fetch(base + "next");
  const id = next.headers.get("lambda-runtime-aws-request-id");
  console.log("event " + (await next.text()));
  await fetch(base + id + "/response", { method: "POST", body: "{}" });
}
`;

const home = "eu-central-1";
const far = "us-west-2";
const functions: readonly LambdaFunction[] = [
  { functionName: "large", memoryMb: 3008, arch: "x64" },
  { functionName: "runner", memoryMb: 2048, arch: "x64" },
  { functionName: "arm", memoryMb: 2048, arch: "arm64" },
  { functionName: "browsers", memoryMb: 4096, arch: "x64", image: "browsers" },
  { functionName: "inside", memoryMb: 2048, arch: "x64", subnets: "private" },
];

const kinds = {
  "lost-reply": "lost-reply",
  throttled: "TooManyRequestsException",
  "server-error": "ServiceException",
  forbidden: "AccessDeniedException",
} as const;

type Cloud = {
  readonly aws: FakeAws;
  readonly client: LambdaClient;
  readonly broken: string[];
  close(): Promise<void>;
};

async function startCloud(region = home): Promise<Cloud> {
  const folder = await mkdtemp(join(tmpdir(), "mayfly-lambda-"));
  const file = join(folder, "function.mjs");
  await writeFile(file, program);
  const broken: string[] = [];
  const aws = await startFakeAws({
    region,
    account: "123456789012",
    dataDir: join(folder, "data"),
    faults: { take: (_, operation) => (operation === "Invoke" ? broken.shift() : undefined) },
    functions: Object.fromEntries(
      functions.map(({ functionName, memoryMb }) => [
        functionName,
        {
          memoryMb,
          timeoutMs: 20_000,
          tenancy: "PER_TENANT",
          command: { file: process.execPath, args: [file] },
          env: {},
        },
      ]),
    ),
  });
  return {
    aws,
    client: clientOf(aws.url, region),
    broken,
    async close() {
      await aws.close();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

function clientOf(endpoint: string, region = home): LambdaClient {
  const credentials = { accessKeyId: "AKIDEXAMPLE", secretAccessKey: "secret" };
  return new LambdaClient({ region, endpoint, maxAttempts: 1, credentials });
}

async function settled(aws: FakeAws): Promise<void> {
  while (!aws.idle()) await pause(20);
}

computeProviderContract("lambda", async () => {
  const cloud = await startCloud();
  const { aws, client, broken } = cloud;
  const list = { name: "private", list: [] };
  return {
    provider: lambdaProvider({ clients: () => client, region: home, functions }),
    had: [
      { spec: machineSpec(), seen: { functionName: "runner" } },
      { spec: machineSpec({ memoryMb: 2049 }), seen: { functionName: "large" } },
      { spec: machineSpec({ arch: "arm64" }), seen: { functionName: "arm" } },
      { spec: machineSpec({ image: { name: "browsers", id: undefined } }), seen: { functionName: "browsers" } },
      { spec: machineSpec({ subnets: list }), seen: { functionName: "inside" } },
    ],
    async seenOf(runnerName) {
      await settled(aws);
      return aws
        .environments()
        .filter(({ tenant }) => tenant === runnerName)
        .map(({ functionName }) => ({ functionName }));
    },
    notHad: [
      { spec: machineSpec({ memoryMb: 3009 }), word: "3009 MB" },
      { spec: machineSpec({ image: { name: "tools", id: undefined } }), word: '"tools"' },
      { spec: machineSpec({ subnets: { ...list, name: "nowhere" } }), word: '"nowhere"' },
      { spec: machineSpec({ arch: "arm64", subnets: list }), word: "arm64" },
    ],
    unreachable: lambdaProvider({ clients: () => clientOf("http://127.0.0.1:1"), region: home, functions }),
    async machinesOf(runnerName) {
      await settled(aws);
      // An environment for each delivery of an event, but one tenant: the claim lets one of them through.
      return new Set(aws.environments().flatMap(({ tenant }) => (tenant === runnerName ? [tenant] : []))).size;
    },
    breakNextLaunch: (fault) => void broken.push(kinds[fault]),
    close: async () => await cloud.close(),
  };
});

/** Each region's cloud has all the names; which of them is where is the operator's to say. */
const spread: readonly LambdaFunction[] = [
  { functionName: "runner", memoryMb: 2048, arch: "x64" },
  { functionName: "large", memoryMb: 3008, arch: "x64", subnets: "far", region: far },
  { functionName: "arn:aws:lambda:us-west-2:123456789012:function:arm", memoryMb: 2048, arch: "arm64", subnets: "far" },
];
const network = { name: "far", list: [] };

computeProviderContract("lambda in another region than Mayfly's", async () => {
  const [near, away] = [await startCloud(), await startCloud(far)];
  const clients = (region: string): LambdaClient => (region === far ? away.client : near.client);
  return {
    provider: lambdaProvider({ clients, region: home, functions: spread }),
    usual: { subnets: network },
    had: [
      { spec: machineSpec({ subnets: network }), seen: { functionName: "large" } },
      { spec: machineSpec({ subnets: network, memoryMb: 3008 }), seen: { functionName: "large" } },
    ],
    async seenOf(runnerName) {
      await settled(away.aws);
      return away.aws
        .environments()
        .filter(({ tenant }) => tenant === runnerName)
        .map(({ functionName }) => ({ functionName }));
    },
    notHad: [
      { spec: machineSpec({ subnets: network, memoryMb: 3009 }), word: "3009 MB" },
      { spec: machineSpec({ subnets: { ...network, name: "nowhere" } }), word: "eu-central-1, us-west-2" },
    ],
    unreachable: lambdaProvider({
      clients: (region) => (region === far ? clientOf("http://127.0.0.1:1", region) : near.client),
      region: home,
      functions: spread,
    }),
    async machinesOf(runnerName) {
      await settled(away.aws);
      return new Set(away.aws.environments().flatMap(({ tenant }) => (tenant === runnerName ? [tenant] : []))).size;
    },
    breakNextLaunch: (fault) => void away.broken.push(kinds[fault]),
    async close() {
      expect(near.aws.calls()).toEqual({});
      await Promise.all([near.close(), away.close()]);
    },
  };
});

describe("lambda", () => {
  let cloud: Cloud;
  beforeAll(async () => {
    cloud = await startCloud();
  });
  afterAll(async () => {
    await cloud.close();
  });

  test("the event carries name, token, URL and deadlines, the same bytes each time, and no JIT config", async () => {
    const provider = lambdaProvider({ clients: () => cloud.client, region: home, functions });
    const request = launchRequest();
    await provider.launch(request);
    await provider.launch(request);
    await settled(cloud.aws);
    const [environment] = cloud.aws.environments();
    const log = await readFile(cloud.aws.logFile(environment?.logGroup ?? "", environment?.logStream ?? ""), "utf8");
    const events = [...log.matchAll(/event (\{.*\})/g)].map((match) => match[1] ?? "");
    expect(new Set(events).size).toBe(1);
    expect(JSON.parse(events[0] ?? "")).toEqual({
      runner: request.runnerName,
      token: request.claimToken,
      hostUrl: request.hostUrl,
      claimByMs: request.claimByMs,
      endByMs: request.endByMs,
      repositoryId: 71,
    });
  });

  test("offers what can be had without a name, and no function without a size", () => {
    const offerOf = (some: readonly LambdaFunction[]): object =>
      lambdaProvider({ clients: () => cloud.client, region: home, functions: some }).traits.offer;
    expect(offerOf(functions)).toEqual({ archs: ["x64", "arm64"], memoryMb: [2048, 3008] });
    expect(offerOf(functions.slice(3))).toEqual({ archs: [], memoryMb: [] });
  });

  test("a launch goes where the record says, even if another region has a better function by now", async () => {
    const asked: string[] = [];
    const clients = (region: string): LambdaClient => {
      asked.push(region);
      return cloud.client;
    };
    const before = lambdaProvider({ clients, region: home, functions: spread.slice(1) });
    const spec = machineSpec({ subnets: network });
    const request = launchRequest({ spec, region: before.regionOf?.(spec) ?? "" });
    const better: LambdaFunction = { functionName: "runner", memoryMb: 2048, arch: "x64", subnets: "far" };
    const after = lambdaProvider({ clients, region: home, functions: [better, ...spread] });
    expect([before.regionOf?.(spec), after.regionOf?.(spec)]).toEqual([far, home]);
    await after.launch(request);
    expect(asked).toEqual([far]);
    const gone = lambdaProvider({ clients, region: home, functions: [better] });
    await expect(gone.launch(request)).rejects.toMatchObject({
      facts: { kind: "invalid", message: expect.stringContaining("the region us-west-2 (those that are configured are in eu-central-1)") }, // prettier-ignore
    });
    expect(asked).toEqual([far]);
  });

  test("what there is no function for is nowhere, which only the launch says", () => {
    const provider = lambdaProvider({ clients: () => cloud.client, region: home, functions });
    expect(provider.regionOf?.(machineSpec())).toBe(home);
    expect(provider.regionOf?.(machineSpec({ memoryMb: 9999 }))).toBeUndefined();
  });

  test("a function that is not there is refused, with its name", async () => {
    const gone: LambdaFunction = { functionName: "gone", memoryMb: 2048, arch: "x64" };
    const provider = lambdaProvider({ clients: () => cloud.client, region: home, functions: [gone] });
    await expect(provider.launch(launchRequest())).rejects.toMatchObject({
      facts: { kind: "not-found", service: "lambda", operation: "Invoke", code: "ResourceNotFoundException" },
    });
  });
});
