import { createHmac } from "node:crypto";
import { describe, expect, test } from "@jest/globals";
import type { HostAnswer } from "../../../src/core/pipeline/claim.ts";
import { makeWorld } from "../../helpers/world/world.ts";
import type { World } from "../../helpers/world/world.ts";

/** A world with one launched runner whose machine is played by the test. */
async function launched(): Promise<{
  world: World;
  runner: string;
  claim: (changes?: object) => Promise<HostAnswer>;
  event: (session: unknown, type: string, more?: object) => Promise<HostAnswer>;
}> {
  const world = makeWorld();
  world.compute.disturb("drop", 1);
  const job = await world.queueJob();
  await world.work();
  const runner = `mayfly-${job.id}-1`;
  const record = await world.store.runners.read(runner);
  if (record === undefined) throw new Error("not launched");
  const token = tokenOf(runner);
  return {
    world,
    runner,
    claim: async (changes = {}) => await world.app.onHost("/host/claim", { runner, token, claimId: "one", ...changes }),
    event: async (session, type, more = {}) =>
      await world.app.onHost("/host/event", { runner, session, type, ...more }),
  };
}

/** The world's host key is known to its tests. */
function tokenOf(runner: string): string {
  return createHmac("sha256", "host key").update(`claim:${runner}`).digest("hex");
}

describe("POST /host/claim", () => {
  test("the right token gets a JIT config, deadlines and a session", async () => {
    const { claim, runner, world } = await launched();
    const answer = await claim();
    expect(answer.status).toBe(200);
    expect(answer.body).toMatchObject({
      githubRunnerName: `${runner}-1`,
      jitConfig: expect.stringContaining("secret-jit"),
      session: expect.stringMatching(/^one\.[0-9a-f]{64}$/),
      idleSeconds: world.settings.timings.idleSeconds,
      shutdownSeconds: world.settings.timings.shutdownSeconds,
      endByMs: expect.any(Number),
    });
  });

  test.each<[string, object, number]>([
    ["a wrong token", { token: "0".repeat(64) }, 401],
    ["another runner's token", { token: tokenOf("mayfly-9-1") }, 401],
    ["a runner that never was", { runner: "mayfly-9-1", token: tokenOf("mayfly-9-1") }, 410],
    ["no claim id", { claimId: "" }, 400],
    ["no shape at all", { runner: {}, token: [], claimId: 3 }, 400],
  ])("%s gets no JIT config", async (_, changes, status) => {
    const { claim, world } = await launched();
    expect((await claim(changes)).status).toBe(status);
    expect(world.github.faults.calls["generate-jitconfig"]).toBeUndefined();
  });

  test("another process gets 409 and changes nothing, however often it asks", async () => {
    const { claim, world, runner } = await launched();
    await claim();
    const before = await world.store.runners.read(runner);
    expect((await claim({ claimId: "two" })).status).toBe(409);
    expect((await claim({ claimId: "three" })).status).toBe(409);
    expect(await world.store.runners.read(runner)).toEqual(before);
  });

  test("eight processes at once: one JIT config", async () => {
    const { claim, world } = await launched();
    const answers = await Promise.all(Array.from({ length: 8 }, (_, id) => claim({ claimId: `p${id}` })));
    expect(answers.filter((answer) => answer.status === 200)).toHaveLength(1);
    expect(world.github.faults.calls["generate-jitconfig"]).toBe(1);
  });

  test("the same process again before it listens: the idle registration is replaced by a new one", async () => {
    const { claim, world, runner } = await launched();
    await claim();
    const again = await claim();
    expect(again.body).toMatchObject({ githubRunnerName: `${runner}-2` });
    expect([...world.github.runners.values()].map((one) => one.name)).toEqual([`${runner}-2`]);
  });

  test("once it listens, nobody gets another JIT config for it", async () => {
    const { claim, event, world } = await launched();
    const { body } = await claim();
    expect((await event(body?.["session"], "listening")).status).toBe(204);
    expect((await claim()).status).toBe(409);
    expect(world.github.faults.calls["generate-jitconfig"]).toBe(1);
  });

  test("a record that has ended is gone for good", async () => {
    const { claim, world } = await launched();
    await world.run(150);
    expect((await claim()).status).toBe(410);
  });

  test("GitHub says that the name exists: the leftover is deleted, the next number is used", async () => {
    const { claim, world, runner } = await launched();
    world.github.runners.set(1, { id: 1, name: `${runner}-1`, labels: [], online: false, jobId: undefined });
    const answer = await claim();
    expect(answer.body).toMatchObject({ githubRunnerName: `${runner}-2` });
    expect(world.github.runners.has(1)).toBe(false);
  });

  test("a name held by a runner that works is never deleted", async () => {
    const { claim, world, runner } = await launched();
    world.github.runners.set(1, { id: 1, name: `${runner}-1`, labels: [], online: true, jobId: 5 });
    expect((await claim()).status).toBe(503);
    expect(world.github.runners.has(1)).toBe(true);
  });
});

describe("POST /host/event", () => {
  test("only the session of the claim may speak, and only of its own runner", async () => {
    const { claim, event, world } = await launched();
    expect((await event("x", "listening")).status).toBe(401);
    const { body } = await claim();
    expect((await event("x", "listening")).status).toBe(401);
    const other = { runner: "mayfly-9-1", session: body?.["session"], type: "listening" };
    expect((await world.app.onHost("/host/event", other)).status).toBe(401);
    expect((await event(body?.["session"], "listening")).status).toBe(204);
  });

  test("hints are kept; the same end twice changes nothing", async () => {
    const { claim, event, world, runner } = await launched();
    const { body } = await claim();
    const session = body?.["session"];
    await event(session, "booted", { logGroup: "/aws/lambda/x", logStream: "2026/11/22/[$LATEST]0f" });
    await event(session, "ended", { outcome: "crashed", exitCode: 1, cause: "first", peakMemoryMb: 99 });
    await event(session, "ended", { outcome: "job-succeeded", exitCode: 100, cause: "second" });
    expect(await world.store.runners.read(runner)).toMatchObject({
      logStream: "2026/11/22/[$LATEST]0f",
      outcome: "crashed",
      exitCode: 1,
      peakMemoryMb: 99,
    });
  });

  test("what its machine used is kept and measured, once for each runner", async () => {
    const { claim, event, world, runner } = await launched();
    const { body } = await claim();
    const session = body?.["session"];
    const usage = { cpuPercent: 25, memoryMb: 900, diskMb: 7000, networkInMb: 120, networkOutMb: 0 };
    // only the end tells
    await event(session, "booted", { usage: { cpuPercent: 1 } });
    await event(session, "listening", { usage: { cpuPercent: 1 } });
    await event(session, "ended", { outcome: "idle", usage });
    await event(session, "ended", { outcome: "idle", usage: { ...usage, cpuPercent: 99 } });
    expect((await world.store.runners.read(runner))?.usage).toEqual(usage);
    const dimensions = { execution: "lambda" };
    expect(world.measured.filter(({ name }) => name.startsWith("Host"))).toEqual([
      { name: "HostCpu", value: 25, dimensions },
      { name: "HostMemory", value: 900, dimensions },
      { name: "HostDisk", value: 7000, dimensions },
      { name: "HostNetworkIn", value: 120, dimensions },
      { name: "HostNetworkOut", value: 0, dimensions },
    ]);
  });

  test("what its machine does not tell is not measured", async () => {
    const { claim, event, world, runner } = await launched();
    const { body } = await claim();
    await event(body?.["session"], "ended", { outcome: "idle", usage: { diskMb: 3, cpuPercent: "all" } });
    expect((await world.store.runners.read(runner))?.usage).toEqual({ diskMb: 3 });
    expect(world.measured.filter(({ name }) => name.startsWith("Host")).map(({ name }) => name)).toEqual(["HostDisk"]);
  });

  test("a host that says it has ended without a job is replaced", async () => {
    const { claim, event, world, runner } = await launched();
    const { body } = await claim();
    await event(body?.["session"], "ended", { outcome: "crashed", cause: "bad blob" });
    await world.run(60);
    expect(await world.store.runners.read(runner)).toMatchObject({ state: "ended", cause: "bad blob" });
    expect(world.compute.launches()).toBe(1);
    expect([...world.github.jobs.values()][0]?.status).toBe("completed");
  });

  test("unknown paths are not found", async () => {
    const { world } = await launched();
    expect((await world.app.onHost("/host/else", {})).status).toBe(404);
  });
});
