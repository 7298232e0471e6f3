import { execFileSync } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gunzipSync } from "node:zlib";
import { LambdaClient } from "@aws-sdk/client-lambda";
import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { runInstancesInput } from "../../../src/adapters/compute/ec2/run-instances-input.ts";
import { userData } from "../../../src/adapters/compute/ec2/user-data.ts";
import { lambdaProvider } from "../../../src/adapters/compute/lambda.ts";
import type { LaunchRequest } from "../../../src/core/ports.ts";
import { launchRequest } from "../../contract/compute-provider.ts";
import { hiddenIn, payloads } from "../../fixtures/hostile/payloads.ts";
import { makeWorld } from "../../helpers/world/world.ts";
import type { World } from "../../helpers/world/world.ts";
import { root } from "../../repo/source-files.ts";
import { ec2Client, ec2Options, script } from "./ec2-server.ts";

const program = readFileSync(join(root, "ec2-bootstrap/user-data.sh"), "utf8");
const settingNames = ["RUNNER", "TOKEN", "HOST_URL", "CLAIM_BY_MS", "END_BY_MS"].map((name) => `MAYFLY_${name}`);
let folder = "";
let canary = "";
let world: World;
/** What the core asked of its compute providers for jobs whose every text is hostile. */
let requests: LaunchRequest[] = [];

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "mayfly-hostile-"));
  canary = join(folder, "canary");
  world = makeWorld();
  for (const [at, { text }] of payloads(canary).entries()) {
    const label = `mayfly/${at % 2 === 0 ? "ec2" : "lambda"}/run=${text}`;
    await world.queueJob({ name: text, workflowName: text, headBranch: text, labels: [label, "self-hosted"] });
  }
  await world.run(400);
  requests = [...world.compute.machines, ...world.ec2.machines].map(({ request }) => request);
});

afterAll(async () => {
  await rm(folder, { recursive: true, force: true });
});

describe("what the core asks of a cloud for hostile jobs", () => {
  test("every job was run or refused, and each launch was made once", () => {
    const jobs = [...world.github.jobs.values()];
    const queued = jobs.filter((job) => job.status === "queued");
    // a slash in `run=` begins another part of the label, which none of ours has
    expect(queued.filter(({ labels }) => labels[0]?.split("/").length === 3)).toEqual([]);
    expect(requests.length).toBeGreaterThan(60);
    expect(requests).toHaveLength(jobs.length - queued.length);
    expect(new Set(requests.map(({ runnerName }) => runnerName)).size).toBe(requests.length);
  });

  test("holds names made of numbers, and none of their words", () => {
    for (const request of requests) {
      expect(request.runnerName).toMatch(/^mayfly-\d+-1$/);
      expect(request.claimToken).toMatch(/^[0-9a-f]{64}$/);
      expect(Object.keys(request).toSorted()).toEqual(Object.keys(launchRequest()).toSorted());
      expect(request).toMatchObject({ region: "eu-central-1", repositoryId: 71, hostUrl: "http://host" });
      expect(JSON.stringify(request)).not.toContain(canary);
    }
  });

  test("becomes tags, user data and a client token of plain characters", () => {
    const options = ec2Options(ec2Client("http://127.0.0.1:9"), { userData: { script: program } });
    const asked = requests.filter(({ candidate }) => candidate !== undefined);
    expect(asked.length).toBeGreaterThan(20);
    for (const request of asked) {
      const { UserData = "", TagSpecifications = [], ClientToken = "" } = runInstancesInput(options, request);
      expect(ClientToken).toMatch(/^mayfly-\d+-1-\d+$/);
      for (const { Key, Value } of TagSpecifications.flatMap(({ Tags = [] }) => Tags)) {
        expect(`${Key}=${Value}`).toMatch(
          /^(?:mayfly:stack=mayfly-test|mayfly:repository=71|(?:mayfly:runner|Name)=mayfly-\d+-1)$/,
        );
      }
      const lines = gunzipSync(Buffer.from(UserData, "base64")).toString().split("\n");
      const settings = lines.slice(1, 6);
      for (const line of settings) expect(line).toMatch(/^MAYFLY_[A-Z_]+='[\w.:/-]+'$/);
      expect(hiddenIn(settings.join(""))).toEqual([]);
      // the only secret among them; all the rest is the program that everybody can read
      expect(settings.map((line) => line.replace(/=.*/, ""))).toEqual(settingNames);
      expect(settings[1]).toBe(`MAYFLY_TOKEN='${request.claimToken}'`);
      expect(["#!/bin/bash", "# settings of this runner follow here", ...lines.slice(6)].join("\n")).toBe(program);
    }
  });

  test("becomes an event for Lambda with six plain fields", async () => {
    const client = new LambdaClient({
      region: "eu-central-1",
      credentials: { accessKeyId: "AKIDEXAMPLE", secretAccessKey: "secret" },
    });
    const sent: { TenantId?: string; Payload?: Uint8Array }[] = [];
    client.middlewareStack.add(
      () => async (args) => {
        sent.push(args.input as (typeof sent)[number]);
        return { output: { $metadata: {}, StatusCode: 202 }, response: {} };
      },
      { step: "initialize" },
    );
    const provider = lambdaProvider({
      clients: () => client,
      region: "eu-central-1",
      functions: [{ functionName: "runner", memoryMb: 10_240, arch: "x64" }],
    });
    const asked = requests.filter(({ candidate }) => candidate === undefined);
    expect(asked.length).toBeGreaterThan(20);
    for (const request of asked) await provider.launch(request);
    expect(sent).toHaveLength(asked.length);
    for (const { TenantId = "", Payload } of sent) {
      expect(TenantId).toMatch(/^[\w-]{1,256}$/);
      expect(Buffer.from(Payload ?? []).toString()).toMatch(
        /^\{"runner":"mayfly-\d+-1","token":"[0-9a-f]{64}","hostUrl":"http:\/\/host","claimByMs":\d+,"endByMs":\d+,"repositoryId":71\}$/,
      );
    }
  });

  test("GitHub is told the labels as they were, as data, and names of ours", () => {
    for (const { name, labels } of world.github.runners.values()) {
      expect(name).toMatch(/^mayfly-\d+-1-1$/);
      expect([...world.github.jobs.values()].map((job) => job.labels)).toContainEqual(labels);
    }
  });
});

describe("user data, were one of these texts a setting after all", () => {
  const cases = payloads().map(({ kind, text }) => [`${kind} ${JSON.stringify(text).slice(0, 60)}`, text] as const);
  test.each(cases)("%s is refused, or means to bash what it says", (_, written) => {
    const text = written.replaceAll("/tmp/mayfly-canary", () => canary);
    const print = script.replace("echo hello", String.raw`printf '%s' "$MAYFLY_HOST_URL"`);
    let made: string;
    try {
      made = gunzipSync(userData(launchRequest({ hostUrl: text }), { script: print })).toString();
    } catch (error) {
      expect(String(error)).toContain("MAYFLY_HOST_URL must hold no");
      expect(text).toMatch(/['\p{Cc}]/u);
      return;
    }
    expect(execFileSync("bash", ["-c", made], { encoding: "utf8", cwd: folder })).toBe(text.toWellFormed());
  });

  test("and nothing of it was ever run", () => {
    expect(existsSync(canary)).toBe(false);
  });
});
