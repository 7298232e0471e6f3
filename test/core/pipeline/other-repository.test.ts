import { expect, test } from "@jest/globals";
import { jobFacts } from "../../helpers/records.ts";
import { jobPayload } from "../../helpers/world/github.ts";
import { makeWorld } from "../../helpers/world/world.ts";

/** An event of another repository, of another installation, as GitHub would sign it. */
const elsewhere = (payload: unknown): unknown => ({
  ...(payload as object),
  installation: { id: 6 },
  repository: { id: 72, name: "hostile", owner: { login: "mallory" }, private: true },
});

test.each(["in_progress", "completed"])(
  "a repository whose own runner has the name of another's runner changes nothing of it: %s",
  async (action) => {
    const world = makeWorld();
    world.compute.disturb("drop", 1);
    const job = await world.queueJob();
    await world.work();
    const runner = `mayfly-${job.id}-1`;
    const before = await world.store.runners.read(runner);
    const foreign = jobFacts(77, {
      labels: ["gpu"],
      runnerName: `${runner}-1`,
      status: action,
      conclusion: action === "completed" ? "success" : undefined,
      startedAtMs: world.clock.nowMs(),
    });
    await world.app.onWebhook({ id: "g", event: "workflow_job", payload: elsewhere(jobPayload(action, foreign)) });
    await world.work();
    expect(await world.store.runners.read(runner)).toEqual(before);
    expect(await world.store.jobs.read("77")).toBeUndefined();
  },
);
