import { describe, expect, test } from "@jest/globals";
import type { Job } from "../../../src/core/model/job.ts";
import type { JobFacts } from "../../../src/core/ports.ts";
import { jobRecord, repository } from "../../helpers/records.ts";
import { found, look, serve, takeMessages } from "../../helpers/world/sweep.ts";
import { makeWorld } from "../../helpers/world/world.ts";

describe("what GitHub shows, held against the record", () => {
  const ours = "mayfly-1000-1-1";
  const rows: [string, Partial<JobFacts>, Partial<Job> | undefined, string | undefined][] = [
    ["queued, no record", { status: "queued" }, undefined, "queued"],
    ["queued, recorded", { status: "queued" }, { state: "queued" }, undefined],
    ["queued, running by now", { status: "queued" }, { state: "running" }, undefined],
    ["queued, refused", { status: "queued" }, { state: "refused" }, undefined],
    ["queued for a cap", { status: "queued" }, { state: "waiting" }, undefined],
    ["queued with a refused label", { status: "queued", labels: ["mayfly/arm"] }, undefined, "queued"],
    ["queued for others", { status: "queued", labels: ["self-hosted"] }, undefined, undefined],
    ["held, no record", { status: "waiting" }, undefined, undefined],
    ["running on ours, no record", { status: "in_progress", runnerName: ours }, undefined, "in_progress"],
    ["running on ours, queued", { status: "in_progress", runnerName: ours }, { state: "launching" }, "in_progress"],
    ["running on ours, refused", { status: "in_progress", runnerName: ours }, { state: "refused" }, "in_progress"],
    ["running on another's, waiting", { status: "in_progress", runnerName: "x" }, { state: "waiting" }, "in_progress"],
    ["running, running", { status: "in_progress", runnerName: ours }, { state: "running" }, undefined],
    ["running, completed by now", { status: "in_progress" }, { state: "completed" }, undefined],
    ["running, lost", { status: "in_progress", runnerName: ours }, { state: "lost" }, undefined],
    [
      "running others' label, unknown runner",
      { status: "in_progress", runnerName: ours, labels: [] },
      undefined,
      undefined,
    ],
    ["completed, running", { status: "completed", conclusion: "success" }, { state: "running" }, "completed"],
    ["completed, waiting", { status: "completed", conclusion: "cancelled" }, { state: "waiting" }, "completed"],
    ["completed, completed", { status: "completed", conclusion: "success" }, { state: "completed" }, undefined],
    ["completed, no record", { status: "completed", conclusion: "skipped" }, undefined, undefined],
    ["completed, lost", { status: "completed", conclusion: "failure" }, { state: "lost" }, "completed"],
    [
      "completed, lost and told",
      { status: "completed", conclusion: "failure" },
      { state: "lost", conclusion: "failure" },
      undefined,
    ],
  ];

  test.each(rows)("%s", async (_, shown, recorded, action) => {
    const world = makeWorld();
    await serve(world);
    const job = world.github.addJob(shown);
    if (recorded !== undefined) await world.store.jobs.write(jobRecord(job.id, recorded));
    world.clock.advance(60);
    const messages = await look(world);
    expect(messages.map((message) => message.action)).toEqual(action === undefined ? [] : [action]);
    expect(messages.every(({ delivery, job: facts }) => delivery.startsWith("sweep-") && facts.id === job.id)).toBe(
      true,
    );
    // Whatever is told changes the record: the next look tells nothing.
    for (const message of messages) await world.app.onMessage(message, 1);
    await takeMessages(world);
    expect(await look(world)).toEqual([]);
  });

  test("other people's job on our runner", async () => {
    const world = makeWorld({ jobSeconds: 600, forget: (action) => action === "in_progress" });
    const other = world.github.addJob({ labels: [] });
    await world.queueJob();
    await world.run(30);
    expect(world.github.jobs.get(other.id)?.status).toBe("in_progress");
    const [message, second] = await look(world);
    expect(message).toMatchObject({ action: "in_progress", job: { id: other.id } });
    expect(second).toBeUndefined();
  });

  test("the copy of an ended job that a re-run leaves as it was tells nothing", async () => {
    const world = makeWorld();
    const job = await world.queueJob();
    await world.run(30);
    const ended = world.github.jobs.get(job.id);
    expect(ended).toMatchObject({ status: "completed", runnerName: `mayfly-${job.id}-1-1` });
    world.github.addJob({ ...ended, id: 5000, runAttempt: 2 });
    world.github.addJob({ id: 5001, runAttempt: 2, labels: [] });
    world.clock.advance(60);
    expect(await look(world)).toEqual([]);
  });

  test("a job that ended on our runner without a word is told, though other people's", async () => {
    const world = makeWorld({ forget: (action) => action !== "queued" });
    const other = world.github.addJob({ labels: [] });
    const queued = await world.queueJob();
    await world.run(40);
    expect(world.github.jobs.get(other.id)?.status).toBe("completed");
    expect(world.github.jobs.get(other.id)?.runnerName).toBe(`mayfly-${queued.id}-1-1`);
    expect((await look(world)).map(({ job, action }) => [job.id, action])).toContainEqual([other.id, "completed"]);
  });

  test("a job that is held no longer wants a runner again, though one was launched before", async () => {
    const world = makeWorld();
    await serve(world);
    const job = world.github.addJob();
    const reason = { code: "MF-HELD-BY-GITHUB", detail: "waits", sinceMs: 1 } as const;
    const checkedAtMs = world.clock.nowMs();
    await world.store.jobs.write(jobRecord(job.id, { state: "waiting", reason, launches: 1, checkedAtMs }));
    await world.run(180);
    expect(await world.store.jobs.read(String(job.id))).toMatchObject({ state: "completed", launches: 2 });
    expect(found(world)).toHaveLength(1);
  });

  test("what is younger than 20 s is left to its webhook", async () => {
    const world = makeWorld();
    await serve(world);
    world.github.addJob();
    world.clock.advance(19);
    expect(await look(world)).toEqual([]);
    world.clock.advance(1);
    expect(await look(world)).toHaveLength(1);
  });

  test("two looks at the same time tell it twice, and one runner is launched", async () => {
    const world = makeWorld();
    await serve(world);
    world.github.addJob();
    world.clock.advance(30);
    const message = { kind: "sweep", repository } as const;
    await world.queue.send([message, message].map((one) => ({ message: one, group: "71" })));
    await world.work();
    expect(found(world)).toHaveLength(2);
    expect(world.compute.launches()).toBe(1);
  });
});
