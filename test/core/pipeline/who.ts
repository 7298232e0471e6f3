import { makeWorld } from "../../helpers/world/world.ts";
import type { World, WorldOptions } from "../../helpers/world/world.ts";
import type { Job } from "../../../src/core/model/job.ts";
import type { JobFacts, RunFacts } from "../../../src/core/ports.ts";

/** Whose a run is in these tests. */
export const people = {
  fork: {
    headRepository: { id: 72, fullName: "stranger/demo" },
    event: "pull_request",
    actor: "stranger",
    triggeringActor: "stranger",
  },
  goneFork: { headRepository: undefined, event: "pull_request", actor: "stranger", triggeringActor: "stranger" },
  target: { event: "pull_request_target", actor: "stranger", triggeringActor: "stranger" },
  comment: { event: "issue_comment", actor: "stranger", triggeringActor: "stranger" },
  approvedFork: {
    headRepository: { id: 72, fullName: "stranger/demo" },
    event: "pull_request",
    actor: "stranger",
    triggeringActor: "octocat",
  },
} as const satisfies Record<string, Partial<RunFacts>>;

/** A world whose operator denies strangers, as one without a word of theirs does. */
export function strictWorld(options: WorldOptions = {}): World {
  return makeWorld({ ...options, policy: { forkPullRequests: "deny", publicRepositories: "deny", ...options.policy } });
}

/** Queues a job of somebody's run. */
export async function queueFor(
  world: World,
  who: Partial<RunFacts>,
  changes: Partial<JobFacts> = {},
): Promise<JobFacts> {
  const runId = changes.runId ?? 950;
  world.github.people.runs.set(runId, who);
  return await world.queueJob({ ...changes, runId });
}

/** The job's record; fails when there is none. */
export async function recordOf(world: World, { id }: Pick<JobFacts, "id">): Promise<Job> {
  const job = await world.store.jobs.read(String(id));
  if (job === undefined) throw new Error(`no record of job ${id}`);
  return job;
}
