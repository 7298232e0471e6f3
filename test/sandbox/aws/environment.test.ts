import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "@jest/globals";
import { launchEnvironment } from "../../../src/sandbox/aws/lambda/environment.ts";
import type { FakeAwsEvent } from "../../../src/sandbox/aws/lambda/function.ts";
import { logStore } from "../../../src/sandbox/aws/logs/log-store.ts";
import { machineIsolation } from "../../../src/sandbox/machine/machine-isolation.ts";

test("from the order to end on, no event goes to an environment: it is not frozen any more, and not gone yet", async () => {
  const folder = await mkdtemp(join(tmpdir(), "mayfly-environment-"));
  const store = logStore(join(folder, "logs"));
  const events: FakeAwsEvent[] = [];
  let started: () => void;
  const isStarted = new Promise<void>((resolve) => {
    started = resolve;
  });
  const event = { requestId: "r", functionName: "f", tenant: undefined, body: "{}", acceptedAtMs: Date.now() };
  const environment = launchEnvironment(
    {
      id: "e",
      functionName: "f",
      tenant: undefined,
      settings: { memoryMb: 128, timeoutMs: 1000, command: { file: "/bin/sleep", args: ["50"] }, env: {} },
      region: "eu-central-1",
      account: "123456789012",
      isolation: await machineIsolation(),
      store,
      folder: join(folder, "environment"),
      idleMs: 1000,
      onEvent(one) {
        events.push(one);
        if (one.type === "environment-started") started();
      },
      onChange: () => undefined,
    },
    event,
  );
  await isStarted;
  expect(environment.view().state).toBe("starting");
  const closed = environment.close();
  expect(environment.view().state).toBe("ending");
  await closed;
  expect(environment.view().state).toBe("ended");
  expect(events.map(({ type }) => type)).toEqual(["environment-started", "invocation-failed", "environment-ended"]);
  store.flush();
  await rm(folder, { recursive: true, force: true });
});
