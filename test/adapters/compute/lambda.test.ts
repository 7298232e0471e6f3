import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { LambdaClient } from "@aws-sdk/client-lambda";
import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { awsCallError } from "../../../src/adapters/compute/aws-call-error.ts";
import { lambdaProvider } from "../../../src/adapters/compute/lambda.ts";
import { startFakeAws } from "../../../src/sandbox/aws/start.ts";
import type { FakeAws } from "../../../src/sandbox/aws/start.ts";
import type { LambdaFunction } from "../../../src/adapters/compute/choose-function.ts";
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

async function startCloud(): Promise<Cloud> {
  const folder = await mkdtemp(join(tmpdir(), "mayfly-lambda-"));
  const file = join(folder, "function.mjs");
  await writeFile(file, program);
  const broken: string[] = [];
  const aws = await startFakeAws({
    region: "eu-central-1",
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
    client: clientOf(aws.url),
    broken,
    async close() {
      await aws.close();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

function clientOf(endpoint: string): LambdaClient {
  const credentials = { accessKeyId: "AKIDEXAMPLE", secretAccessKey: "secret" };
  return new LambdaClient({ region: "eu-central-1", endpoint, maxAttempts: 1, credentials });
}

async function settled(aws: FakeAws): Promise<void> {
  while (!aws.idle()) await pause(20);
}

computeProviderContract("lambda", async () => {
  const cloud = await startCloud();
  const { aws, client, broken } = cloud;
  const list = { name: "private", list: [] };
  return {
    provider: lambdaProvider({ client, functions }),
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
    unreachable: lambdaProvider({ client: clientOf("http://127.0.0.1:1"), functions }),
    async machinesOf(runnerName) {
      await settled(aws);
      // An environment for each delivery of an event, but one tenant: the claim lets one of them through.
      return new Set(aws.environments().flatMap(({ tenant }) => (tenant === runnerName ? [tenant] : []))).size;
    },
    breakNextLaunch: (fault) => void broken.push(kinds[fault]),
    close: async () => await cloud.close(),
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
    const provider = lambdaProvider({ client: cloud.client, functions });
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
      lambdaProvider({ client: cloud.client, functions: some }).traits.offer;
    expect(offerOf(functions)).toEqual({ archs: ["x64", "arm64"], memoryMb: [2048, 3008] });
    expect(offerOf(functions.slice(3))).toEqual({ archs: [], memoryMb: [] });
  });

  test("a function that is not there is refused, with its name", async () => {
    const gone: LambdaFunction = { functionName: "gone", memoryMb: 2048, arch: "x64" };
    const provider = lambdaProvider({ client: cloud.client, functions: [gone] });
    await expect(provider.launch(launchRequest())).rejects.toMatchObject({
      facts: { kind: "not-found", service: "lambda", operation: "Invoke", code: "ResourceNotFoundException" },
    });
  });
});

test.each<[object, string]>([
  [{ name: "TooManyRequestsException", $metadata: { httpStatusCode: 429 } }, "capacity"],
  [{ name: "Unknown", $metadata: { httpStatusCode: 429 } }, "rate-limited"],
  [{ name: "EC2ThrottledException", $metadata: { httpStatusCode: 502 } }, "capacity"],
  [{ name: "Unknown", $metadata: { httpStatusCode: 503 } }, "unavailable"],
  [{ name: "AccessDeniedException", $metadata: { httpStatusCode: 403 } }, "forbidden"],
  [{ name: "Unknown", $metadata: { httpStatusCode: 403 } }, "forbidden"],
  [{ name: "Unknown", $metadata: { httpStatusCode: 400 } }, "invalid"],
  [{ name: "ExpiredTokenException", $metadata: { httpStatusCode: 403 } }, "unauthorized"],
  [{ name: "TimeoutError", message: "socket hang up", code: "ECONNRESET" }, "lost-reply"],
  [{ name: "Error", code: "ECONNREFUSED" }, "unavailable"],
  [{ name: "Error", code: "ENOTFOUND" }, "unavailable"],
  [{}, "lost-reply"],
])("%j is %s", (error, kind) => {
  const codes = { TooManyRequestsException: "capacity", EC2ThrottledException: "capacity" } as const;
  const more = { AccessDeniedException: "forbidden", ExpiredTokenException: "unauthorized" } as const;
  expect(awsCallError(error, "lambda", "Invoke", { ...codes, ...more }).facts.kind).toBe(kind);
});
