import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { repository } from "../../helpers/records.ts";
import { jobPayload, runPayload } from "../../helpers/world/github.ts";
import { makeWorld } from "../../helpers/world/world.ts";
import type { World } from "../../helpers/world/world.ts";
import { examples } from "./any-delivery-build.ts";
import { openDoor, signed, withHeader } from "./door.ts";
import type { Door, Sent } from "./door.ts";

let door: Door;
beforeAll(async () => {
  door = await openDoor(makeWorld().app);
});
afterAll(async () => {
  await door.close();
});

function behind(world: World): World {
  door.app = world.app;
  return world;
}

async function statuses(deliveries: readonly Sent[]): Promise<Set<number>> {
  const answers = await Promise.all(deliveries.map(async (sent) => (await door.post(sent)).status));
  return new Set(answers);
}

describe("every example of GitHub's webhooks", () => {
  const own = { installation: { id: repository.installationId } };

  test("there are hundreds, of jobs too", () => {
    expect(examples.length).toBeGreaterThan(300);
    expect(examples.filter(({ event }) => event === "workflow_job").length).toBeGreaterThan(5);
  });

  test.each([
    ["as they are", {}],
    ["from an installation that is served", own],
  ])("%s: accepted, and none asks for a runner of ours", async (_, changes) => {
    const world = behind(makeWorld());
    const sent = examples.map(({ event, payload }, index) =>
      signed(event, { ...payload, ...changes }, `guid-${index}`),
    );
    expect([...(await statuses(sent))]).toEqual([202]);
    await world.run(10);
    expect(world.compute.launches()).toBe(0);
    expect(await world.queue.deadLetters()).toEqual([]);
  });

  test.each(["workflow_job", "workflow_run", "constructor", "error"])(
    "under the name %s, which the signature does not cover: accepted, and none asks for a runner of ours",
    async (event) => {
      const world = behind(makeWorld());
      const sent = examples.map(({ payload }, index) => signed(event, { ...payload, ...own }, `guid-${index}`));
      expect([...(await statuses(sent))]).toEqual([202]);
      await world.run(10);
      expect(world.compute.launches()).toBe(0);
      expect(await world.queue.deadLetters()).toEqual([]);
    },
  );

  test("of a queued job, with a label of ours: one runner when its installation is served, none when it is not", async () => {
    const queued = examples.filter(({ event, payload }) => {
      const job = payload["workflow_job"] as { status?: string } | undefined;
      return event === "workflow_job" && payload["action"] === "queued" && job?.status === "queued";
    });
    expect(queued.length).toBeGreaterThan(0);
    for (const served of [true, false]) {
      const world = behind(makeWorld({ settings: { installations: [served ? 3_456_996 : 5] } }));
      const sent = queued.map(({ event, payload }, index) => {
        const job = { ...(payload["workflow_job"] as object), labels: ["mayfly"], runner_name: null };
        return signed(event, { ...payload, installation: { id: 3_456_996 }, workflow_job: job }, `guid-${index}`);
      });
      expect([...(await statuses(sent))]).toEqual([202]);
      await world.work();
      expect(world.compute.launches()).toBe(served ? queued.length : 0);
    }
  });
});

describe("a replayed delivery launches nothing twice", () => {
  const sameGuid = (sent: Sent): Sent[] => Array.from({ length: 20 }, () => sent);
  const otherGuids = (sent: Sent): Sent[] =>
    Array.from({ length: 20 }, (_, index) => withHeader(sent, "X-GitHub-Delivery", `another-${index}`));

  test.each([
    ["under its own name", sameGuid],
    ["under other names", otherGuids],
  ])("%s: while it is new, while the job runs, and after its end", async (_, replays) => {
    const world = behind(makeWorld({ jobSeconds: 60, settings: { installations: [repository.installationId] } }));
    const job = world.github.addJob({ createdAtMs: world.clock.nowMs() });
    const sent = signed("workflow_job", jobPayload("queued", job), "guid-1");
    const seen: [status: string | undefined, launches: number][] = [];
    for (const seconds of [0, 15, 75, 120]) {
      expect([...(await statuses(replays(sent)))]).toEqual([202]);
      await world.run(seconds);
      seen.push([world.github.jobs.get(job.id)?.status, world.compute.launches()]);
    }
    expect(seen).toEqual([
      ["queued", 0],
      ["in_progress", 1],
      ["completed", 1],
      ["completed", 1],
    ]);
    expect(world.compute.machines).toHaveLength(1);
    expect(await world.queue.deadLetters()).toEqual([]);
  });

  test("nor do its other events, sent again after the end in the wrong order", async () => {
    const world = behind(makeWorld({ settings: { installations: [repository.installationId] } }));
    const job = await world.queueJob();
    await world.run(60);
    await world.endRun();
    await world.run(60);
    const ended = world.github.jobs.get(job.id) ?? job;
    expect([ended.status, world.compute.launches()]).toEqual(["completed", 1]);
    const running = { ...ended, status: "in_progress", conclusion: undefined, completedAtMs: undefined };
    const again = [
      signed("workflow_job", jobPayload("completed", ended), "a"),
      signed("workflow_run", runPayload(job.runId), "b"),
      signed("workflow_job", jobPayload("in_progress", running), "c"),
      signed("workflow_job", jobPayload("queued", job), "d"),
    ];
    for (const sent of again) expect((await door.post(sent)).status).toBe(202);
    await world.run(120);
    expect(world.compute.launches()).toBe(1);
    expect((await world.store.jobs.read(String(job.id)))?.state).toBe("completed");
  });
});
