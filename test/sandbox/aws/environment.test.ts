import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "@jest/globals";
import {
  launchEnvironment,
  type Environment,
  type EnvironmentOptions,
} from "../../../src/sandbox/aws/lambda/environment.ts";
import type { FakeAwsEvent } from "../../../src/sandbox/aws/lambda/function.ts";
import { logStore } from "../../../src/sandbox/aws/logs/log-store.ts";
import { machineIsolation } from "../../../src/sandbox/machine/machine-isolation.ts";

const found = await machineIsolation();

/** Options of an environment whose function is this command. */
function options(folder: string, file: string, args: readonly string[]): EnvironmentOptions {
  return {
    id: "e",
    functionName: "f",
    tenant: undefined,
    settings: { memoryMb: 128, timeoutMs: 1000, command: { file, args }, env: {} },
    region: "eu-central-1",
    account: "123456789012",
    isolation: found,
    store: logStore(join(folder, "logs")),
    folder: join(folder, "environment"),
    idleMs: 1000,
    onEvent: () => undefined,
    onChange: () => undefined,
  };
}

const event = { requestId: "r", functionName: "f", tenant: undefined, body: "{}", acceptedAtMs: Date.now() };

test("from the order to end on, no event goes to an environment: it is not frozen any more, and not gone yet", async () => {
  const folder = await mkdtemp(join(tmpdir(), "mayfly-environment-"));
  const events: FakeAwsEvent[] = [];
  let started: () => void;
  const isStarted = new Promise<void>((resolve) => {
    started = resolve;
  });
  const all = options(folder, "/bin/sleep", ["50"]);
  const onEvent = (one: FakeAwsEvent): void => {
    events.push(one);
    if (one.type === "environment-started") started();
  };
  const environment = launchEnvironment({ ...all, onEvent }, event);
  await isStarted;
  expect(environment.view().state).toBe("starting");
  const closed = environment.close();
  expect(environment.view().state).toBe("ending");
  await closed;
  expect(environment.view().state).toBe("ended");
  expect(events.map(({ type }) => type)).toEqual(["environment-started", "invocation-failed", "environment-ended"]);
  all.store.flush();
  await rm(folder, { recursive: true, force: true });
});

// without namespaces there is no wall, and FakeAws.isolation says so
(found.kind === "namespaces" ? test : test.skip)("its function is behind the wall of every machine", async () => {
  const folder = await mkdtemp(join(tmpdir(), "mayfly-environment-"));
  const script = `echo "disks: $(find /dev -type b)."; echo "daemons: $(ls -A /run)."
    mount -t tmpfs none /mnt || echo "mount refused"; ip link add mayfly0 type dummy || echo "network refused"`;
  const all = options(folder, "/bin/sh", ["-c", script]);
  let environment: Environment | undefined;
  await new Promise<void>((resolve) => {
    const onEvent = ({ type }: FakeAwsEvent): void => (type === "environment-ended" ? resolve() : undefined);
    environment = launchEnvironment({ ...all, onEvent }, event);
  });
  all.store.flush();
  const { logGroup = "", logStream = "" } = environment?.view() ?? {};
  const lines = (await readFile(all.store.file(logGroup, logStream), "utf8")).split("\n").map((line) => line.slice(25));
  const said = ["disks: .", "daemons: .", "mount refused", "network refused"];
  expect(lines).toEqual(expect.arrayContaining(said));
  await rm(folder, { recursive: true, force: true });
});
