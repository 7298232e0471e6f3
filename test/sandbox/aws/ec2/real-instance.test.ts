import { createVerify, randomUUID, X509Certificate } from "node:crypto";
import { existsSync, mkdtempSync, readdirSync, rmSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { TerminateInstancesCommand } from "@aws-sdk/client-ec2";
import { afterAll, beforeAll, expect, test } from "@jest/globals";
import { machineIsolation } from "../../../../src/sandbox/machine/machine-isolation.ts";
import { processesWith } from "../../../helpers/processes.ts";
import { startRig, until } from "./rig.ts";
import type { Rig } from "./rig.ts";

// as root a machine needs namespaces, or it is not started
const possible = (await machineIsolation()).kind === "namespaces" || process.getuid?.() !== 0;
const testReal = possible ? test : test.skip;

const timings = { pendingMs: 5, shuttingDownMs: 5, spotNoticeMs: 1500 };

let rig: Rig;
const dataDir = mkdtempSync(join(tmpdir(), "mayfly-ec2-real-"));

beforeAll(async () => {
  rig = await startRig({ startInstance: undefined, timings }, dataDir);
});
afterAll(async () => {
  await rig.close();
});

const launch = async (script: string, more?: Parameters<Rig["launch"]>[0]): Promise<string> =>
  await rig.launch({
    UserData: Buffer.from(`#!/bin/bash\n${script}`).toString("base64"),
    InstanceInitiatedShutdownBehavior: "terminate",
    ...more,
  });

const consoleOf = async (id: string): Promise<string> => await readFile(rig.aws.consoleFile(id), "utf8");

const metadata = `
base=$AWS_EC2_METADATA_SERVICE_ENDPOINT/latest
token=$(curl -sS -X PUT -H "X-aws-ec2-metadata-token-ttl-seconds: 60" "$base/api/token")
get() { curl -sS -H "X-aws-ec2-metadata-token: $token" "$base/$1"; }
`;

testReal("runs its user data, knows who it is, and is terminated when it shuts itself down", async () => {
  const script = `${metadata}
    echo "id $(get meta-data/instance-id)"
    echo "role $(get meta-data/iam/security-credentials/)"
    echo "document $(get dynamic/instance-identity/document | base64 -w0)"
    echo "signature $(get dynamic/instance-identity/signature | tr -d '\\n')"
    shutdown -h now
  `;
  const id = await launch(script, { IamInstanceProfile: { Name: "runner" } });
  await rig.reaches(id, "terminated");
  const text = await consoleOf(id);
  const said = (what: string): string => new RegExp(`^${what} (.*)$`, "m").exec(text)?.[1] ?? "";
  expect([said("id"), said("role")]).toEqual([id, "runner"]);
  const document = Buffer.from(said("document"), "base64").toString("utf8");
  expect(JSON.parse(document)).toMatchObject({ instanceId: id, accountId: "123456789012", region: "eu-central-1" });
  const key = new X509Certificate(rig.aws.instanceCertificate).publicKey;
  expect(createVerify("RSA-SHA256").update(document).verify(key, said("signature"), "base64")).toBe(true);
  expect(rig.aws.instances().at(-1)?.stateReason).toBe("Client.InstanceInitiatedShutdown");
});

testReal("terminating it ends everything in it, and its folder is gone", async () => {
  const name = `left-${randomUUID()}`;
  const id = await launch(`setsid bash -c 'exec -a ${name} sleep 50' &`);
  await until(() => processesWith(`${name}\0`).length === 1);
  await rig.ec2.send(new TerminateInstancesCommand({ InstanceIds: [id] }));
  await rig.reaches(id, "terminated");
  expect(processesWith(`${name}\0`)).toEqual([]);
  expect(existsSync(join(dataDir, "instances", id))).toBe(false);
});

testReal("an interruption is in its metadata before it comes", async () => {
  const script = `${metadata}
    until get meta-data/spot/instance-action | grep terminate; do sleep 0.05; done
    echo heard
    sleep 50
  `;
  const TagSpecifications = [
    { ResourceType: "instance" as const, Tags: [{ Key: "mayfly:runner", Value: "mayfly-1-1" }] },
  ];
  const id = await launch(script, { InstanceMarketOptions: { MarketType: "spot" }, TagSpecifications });
  await rig.reaches(id, "running");
  rig.breakNext("spot-interruption", "notice");
  rig.aws.jobStarted("mayfly-1-1");
  await rig.reaches(id, "terminated");
  expect(await consoleOf(id)).toMatch(/"action": ?"terminate"[\s\S]*\nheard\n/);
  expect(rig.aws.instances().at(-1)?.stateReason).toBe("Server.SpotInstanceTermination");
});

test("closing ends them and leaves consoles, but no instance", async () => {
  const name = `open-${randomUUID()}`;
  const id = await launch(`bash -c 'exec -a ${name} sleep 50'`);
  if (possible) await until(() => processesWith(`${name}\0`).length === 1);
  await rig.aws.close();
  expect(processesWith(`${name}\0`)).toEqual([]);
  expect(rig.aws.machinesLeft()).toBe(0);
  expect(existsSync(rig.aws.consoleFile(id))).toBe(true);
  expect(readdirSync(dataDir)).not.toContain("instances");
  rmSync(dataDir, { recursive: true });
});
