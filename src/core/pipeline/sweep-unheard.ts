import type { Core } from "../core.ts";
import type { Job } from "../model/job.ts";
import type { Repository } from "../model/repository.ts";
import { ownRunnerName } from "../model/runner-name.ts";
import { jobMay } from "../model/transitions.ts";
import type { JobFacts } from "../ports.ts";
import { sweepSettings } from "../settings.ts";
import { isHeld } from "./demand.ts";
import { isOurs } from "./is-ours.ts";

/** What GitHub shows of a job and its record does not know. */
export type Unheard = {
  readonly facts: JobFacts;
  readonly status: "queued" | "in_progress" | "completed";
  readonly record: Job | undefined;
};

/**
 * Which of these jobs tell something that no delivery has told. Whatever is told here changes a record, so that the
 * next look does not tell it again; what is so young that its delivery may be on its way is left to it.
 */
export async function unheardJobs(core: Core, repository: Repository, jobs: readonly JobFacts[]): Promise<Unheard[]> {
  const youngMs = core.clock.nowMs() - sweepSettings(core.settings).youngSeconds * 1000;
  const old = jobs.flatMap((facts): Omit<Unheard, "record">[] => {
    const { status } = facts;
    if (status !== "queued" && status !== "in_progress" && status !== "completed") return [];
    return sinceMs(facts) <= youngMs ? [{ facts, status }] : [];
  });
  const found = await Promise.all(old.map(async (one) => await compare(core, repository, one)));
  return found.filter((one) => one !== undefined);
}

/** Since when GitHub shows the job as it does. */
function sinceMs({ status, createdAtMs, startedAtMs, completedAtMs }: JobFacts): number {
  if (status === "queued") return createdAtMs;
  return (status === "completed" ? completedAtMs : undefined) ?? startedAtMs ?? createdAtMs;
}

async function compare(
  core: Core,
  repository: Repository,
  { facts, status }: Omit<Unheard, "record">,
): Promise<Unheard | undefined> {
  const { labelPrefix } = core.settings;
  const wantsOurs = await isOurs(core, repository, facts.labels);
  const runner = ownRunnerName(labelPrefix, facts.runnerName);
  if (!wantsOurs && runner === undefined) return undefined;
  const record = await core.store.jobs.read(String(facts.id));
  if (record !== undefined) return tells(record, facts) ? { facts, status, record } : undefined;
  // One that nobody ran, and one that other people's runner ran to its end, needs nothing any more.
  if (wantsOurs && status !== "completed") return { facts, status, record };
  const known = runner === undefined ? undefined : await core.store.runners.read(runner);
  // A re-run shows what it leaves as it was once more, as a job of its own: its runner ran the one of the attempt before.
  return known !== undefined && (known.jobId ?? facts.id) === facts.id ? { facts, status, record } : undefined;
}

function tells(record: Job, { status }: JobFacts): boolean {
  // GitHub's lists may lag, so a job that is shown as queued is news only where it was held.
  if (status === "queued") return isHeld(record);
  if (status === "in_progress") return jobMay(record.state, "running");
  // of a lost job it is known already how it ended once there is a conclusion
  return jobMay(record.state, "completed") && (record.state !== "lost" || record.conclusion === undefined);
}
