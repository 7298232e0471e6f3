import { describe, expect, test } from "@jest/globals";
import { makeWorld } from "../../helpers/world/world.ts";
import type { World, WorldOptions } from "../../helpers/world/world.ts";
import { repository } from "../../helpers/records.ts";
import { recordOf } from "./who.ts";

const repositoryPayload = { id: 71, name: "demo", owner: { login: "octo" }, private: true, default_branch: "main" };

function withFile(text: string, options: WorldOptions = {}): World {
  const world = makeWorld(options);
  world.github.files.set(".github/runner.yml", text);
  return world;
}

async function push(world: World, changed: readonly string[], ref = "refs/heads/main"): Promise<void> {
  const commits = [{ added: [], modified: changed, removed: [] }];
  const payload = { ref, commits, forced: false, repository: repositoryPayload, installation: { id: 5 } };
  await world.app.onWebhook({ id: "push", event: "push", payload });
  await world.work();
}

async function planOf(world: World, label: string) {
  const job = await world.queueJob({ labels: [label] });
  await world.work();
  const { plan, reason } = await recordOf(world, job);
  return { ...plan, code: reason?.code };
}

describe("a push", () => {
  const [lambda, ec2] = ["lambda", "ec2"].map((execution) => `runners:\n  build:\n    execution: ${execution}\n`);

  test("that changes the file counts for the next job", async () => {
    const world = withFile(lambda ?? "");
    expect((await planOf(world, "mayfly/build")).execution).toBe("lambda");
    world.github.files.set(".github/runner.yml", ec2 ?? "");
    expect((await planOf(world, "mayfly/build")).execution).toBe("lambda");
    await push(world, ["src/a.ts", ".github/runner.yml"]);
    expect((await planOf(world, "mayfly/build")).execution).toBe("ec2");
  });

  test("counts for its own jobs, though its delivery comes later than theirs", async () => {
    const world = withFile(lambda ?? "");
    expect((await planOf(world, "mayfly/build")).execution).toBe("lambda");
    world.github.files.set(".github/runner.yml", ec2 ?? "");
    const facts = world.github.addJob({ labels: ["mayfly/build"], headSha: "c".repeat(40), headBranch: "main" });
    const pushed = { ...repository, defaultBranch: "main" };
    await world.app.onMessage({ kind: "job", action: "queued", delivery: "1", repository: pushed, job: facts }, 1);
    expect((await recordOf(world, facts)).plan?.execution).toBe("ec2");
    const before = world.github.faults.calls["get-content"];
    const same = world.github.addJob({ labels: ["mayfly/build"], headSha: "c".repeat(40), headBranch: "main" });
    await world.app.onMessage({ kind: "job", action: "queued", delivery: "2", repository: pushed, job: same }, 1);
    expect(world.github.faults.calls["get-content"]).toBe(before);
  });

  test.each([
    ["of another branch", [".github/runner.yml"], "refs/heads/feature"],
    ["of other files", ["src/a.ts", ".github/CODEOWNERS"], "refs/heads/main"],
  ])("%s costs nothing", async (_, changed, ref) => {
    const world = withFile(lambda ?? "");
    await planOf(world, "mayfly/build");
    const before = world.github.faults.calls["get-content"];
    await push(world, changed, ref);
    await planOf(world, "mayfly/build");
    expect(world.github.faults.calls["get-content"]).toBe(before);
  });

  test("while GitHub does not answer, what was there before is used", async () => {
    const world = withFile(ec2 ?? "");
    await planOf(world, "mayfly/build");
    await push(world, [".github/runner.yml"]);
    world.github.faults.plant({ operation: "get-content", kind: "unavailable", when: "before", times: 1 });
    expect((await planOf(world, "mayfly/build")).execution).toBe("ec2");
  });
});

describe("inheritance", () => {
  test("the repository's keys, then its owner's, then the operator's defaults", async () => {
    const world = withFile("runners:\n  build:\n    execution: ec2\n    disk-gb: 50\n", {
      policy: { defaults: { "timeout-minutes": 90, "disk-gb": 20, cpu: 4 } },
    });
    world.github.files.set(
      ".github-private:.github/runner.yml",
      "runners:\n  build:\n    cpu: 8\n  shared:\n    execution: ec2\n",
    );
    expect((await planOf(world, "mayfly/build")).spec).toMatchObject({ cpu: 8, diskGb: 50, timeoutMinutes: 90 });
    expect((await planOf(world, "mayfly/shared")).spec).toMatchObject({ cpu: 4, diskGb: 20, timeoutMinutes: 90 });
  });

  test("the owner's public repository counts only where the private one has no file", async () => {
    const world = makeWorld();
    world.github.files.set(".github:.github/runner.yml", "runners:\n  both:\n    execution: ec2\n");
    expect((await planOf(world, "mayfly/both")).execution).toBe("ec2");
    const other = makeWorld();
    other.github.files.set(".github:.github/runner.yml", "runners:\n  both:\n    execution: ec2\n");
    other.github.files.set(".github-private:.github/runner.yml", "runners:\n  both:\n    execution: lambda\n");
    expect((await planOf(other, "mayfly/both")).execution).toBe("lambda");
  });
});

describe("what the file says reaches the launch", () => {
  test("disk, image, subnets, spot, types, time and priority", async () => {
    const text =
      "runners:\n  build:\n    execution: ec2\n    instance-types: [m7i.large]\n    spot: never\n    disk-gb: 77\n" +
      "    image: ubuntu\n    subnets: private\n    timeout-minutes: 30\n    priority: 7\n";
    const world = withFile(text, {
      policy: {
        images: new Map([["ubuntu", { arch: "x64", ec2: "ami-1", lambda: undefined }]]),
        subnets: new Map([["private", [{ id: "subnet-9", zone: "eu-central-1c" }]]]),
      },
    });
    const job = await world.queueJob({ labels: ["mayfly/build"] });
    await world.work();
    const [machine] = world.ec2.machines;
    expect(machine?.request.spec).toMatchObject({
      diskGb: 77,
      image: { name: "ubuntu", id: "ami-1" },
      subnets: { name: "private", list: [{ id: "subnet-9", zone: "eu-central-1c" }] },
      instanceTypes: ["m7i.large"],
      spot: "never",
    });
    // 5 min to claim, 5 min idle, 30 min of work, 1 min to stop
    const record = await world.store.runners.read(`mayfly-${job.id}-1`);
    expect(machine?.request.endByMs).toBe((record?.launchAtMs ?? 0) + 41 * 60_000);
    expect((await recordOf(world, job)).priority).toBe(7);
  });

  test("arch: by the image that the policy has for it", async () => {
    const world = withFile("runners:\n  build:\n    execution: ec2\n    arch: arm64\n    image: arm\n", {
      policy: { images: new Map([["arm", { arch: "arm64", ec2: "ami-2", lambda: undefined }]]), defaults: {} },
    });
    await world.queueJob({ labels: ["mayfly/build"] });
    await world.work();
    expect(world.ec2.machines[0]?.request).toMatchObject({
      spec: { arch: "arm64", image: { id: "ami-2" } },
      candidate: { instanceType: expect.stringMatching(/^[cmt]\d+g/) },
    });
  });

  test("max-runners of a runner and of the repository: further jobs wait in line and say for what", async () => {
    const world = withFile("max-runners: 3\nrunners:\n  few:\n    execution: lambda\n    max-runners: 1\n", {
      jobSeconds: 30,
    });
    const few = [await world.queueJob({ labels: ["mayfly/few"] }), await world.queueJob({ labels: ["mayfly/few"] })];
    const many = await Promise.all([1, 2, 3].map(() => world.queueJob({ labels: ["mayfly"] })));
    await world.run(5);
    const reasons = await Promise.all([...few, ...many].map(async (job) => (await recordOf(world, job)).reason?.scope));
    expect(reasons.filter((scope) => scope === "runner:71:few")).toHaveLength(1);
    expect(reasons.filter((scope) => scope === "repository:71")).toHaveLength(1);
    await world.run(200);
    const states = await Promise.all([...few, ...many].map(async (job) => (await recordOf(world, job)).state));
    expect(new Set(states)).toEqual(new Set(["completed"]));
    expect(await world.store.slots.list("runner:71:few")).toEqual([]);
    expect(await world.store.slots.list("repository:71")).toEqual([]);
  });

  test("`labels`: a job whose set is the runner's is served, one with another set is nobody's", async () => {
    const world = withFile("runners:\n  build:\n    labels: [self-hosted, linux, x64, build]\n    execution: ec2\n");
    const ours = await world.queueJob({ labels: ["build", "X64", "linux", "self-hosted"] });
    const theirs = await world.queueJob({ labels: ["self-hosted", "gpu"] });
    await world.run(120);
    expect(await recordOf(world, ours)).toMatchObject({
      state: "completed",
      plan: { execution: "ec2", runner: "build" },
    });
    expect(await world.store.jobs.read(String(theirs.id))).toBeUndefined();
  });
});

describe("report:", () => {
  const run = async (mode: string, labels: readonly string[]) => {
    const world = withFile(`report: ${mode}\nrunners:\n  default:\n    execution: lambda\n`);
    await world.queueJob({ labels });
    await world.run(30);
    await world.endRun();
    await world.run(300);
    return world.github.checkRuns.size;
  };

  test.each([
    ["always", ["mayfly"], 1],
    ["problems", ["mayfly"], 0],
    ["never", ["mayfly"], 0],
    // nothing else would tell its author
    ["never", ["mayfly/missing"], 1],
  ])("%s, for %j: %d check runs", async (mode, labels, count) => {
    expect(await run(mode, labels)).toBe(count);
  });
});

describe("the operator's policy", () => {
  test("caps count beside the settings, and change without a new start", async () => {
    const world = makeWorld({ policy: { maxRunners: { total: 1 } }, jobSeconds: 1000 });
    const [first, second] = [await world.queueJob(), await world.queueJob()];
    await world.run(5);
    expect((await recordOf(world, first)).state).toBe("running");
    expect((await recordOf(world, second)).reason).toMatchObject({ code: "MF-CAP", scope: "total" });
    world.policy.now = { ...world.policy.now, maxRunners: {} };
    await world.run(125);
    expect((await recordOf(world, second)).state).toBe("running");
    // the slot that the first one took under the cap is given back though there is no cap any more
    expect(await world.store.slots.list("total")).toEqual([`mayfly-${first.id}-1`]);
  });

  test("a repository that asks for more runners than the settings allow gets what they allow", async () => {
    const world = withFile("max-runners: 10\n", {
      settings: { caps: { total: undefined, executions: {}, repository: 2 } },
      jobSeconds: 1000,
    });
    for (let job = 0; job < 4; job += 1) await world.queueJob();
    await world.run(5);
    expect(world.compute.launches()).toBe(2);
  });

  test("installations that it does not name are not served", async () => {
    const world = makeWorld({ policy: { installations: [6] } });
    await world.queueJob();
    expect(await world.queue.size()).toBe(0);
  });

  test("a value above its maximum is refused with both, before anything is launched", async () => {
    const world = withFile("runners:\n  big:\n    execution: ec2\n    cpu: 64\n", {
      policy: { maxima: { cpu: 16 }, lines: new Map([["maxima.cpu", 4]]) },
    });
    const job = await world.queueJob({ labels: ["mayfly/big"] });
    await world.work();
    expect((await recordOf(world, job)).reason).toMatchObject({
      code: "MF-POLICY",
      detail: "`cpu: 64` is above 16 (policy.yml:4)",
    });
  });

  test("a day's budget: nothing is launched once it is spent, and the next day goes on by itself", async () => {
    const world = makeWorld({ policy: { dailyBudgetUsd: 0.001 } });
    const first = await world.queueJob();
    await world.run(120);
    expect((await recordOf(world, first)).state).toBe("completed");
    const second = await world.queueJob({ runId: 901 });
    await world.run(60);
    expect((await recordOf(world, second)).reason).toMatchObject({ code: "MF-BUDGET", detail: "$0.001 are spent" });
    expect(world.compute.launches()).toBe(1);
    // noon UTC → past midnight
    world.clock.advance(12 * 3600);
    await world.run(130);
    expect((await recordOf(world, second)).state).toBe("completed");
  });
});

test("an operator pauses launches by a cap of none, and lets go again", async () => {
  const world = makeWorld({ jobSeconds: 30 });
  const first = await world.queueJob();
  await world.run(10);
  world.policy.now = { ...world.policy.now, maxRunners: { total: 0 } };
  const second = await world.queueJob();
  await world.run(120);
  expect(await world.store.jobs.read(String(first.id))).toMatchObject({ state: "completed" });
  expect(await world.store.jobs.read(String(second.id))).toMatchObject({
    state: "waiting",
    reason: { code: "MF-CAP", detail: "total is at its cap of 0" },
  });
  expect(world.compute.launches()).toBe(1);
  world.policy.now = { ...world.policy.now, maxRunners: {} };
  await world.run(120);
  expect(await world.store.jobs.read(String(second.id))).toMatchObject({ state: "completed" });
});
