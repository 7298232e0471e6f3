import { isEnded } from "../check-run/compose.ts";
import type { Core } from "../core.ts";
import { again, done } from "../core.ts";
import { isCallError } from "../errors/call-error.ts";
import type { CallErrorKind } from "../errors/call-error.ts";
import { decide } from "../errors/decide.ts";
import { change } from "../model/change.ts";
import type { Job } from "../model/job.ts";
import { isRerunAsked, runKey } from "../model/run.ts";
import type { Rerun, Run } from "../model/run.ts";
import type { RunFacts, Verdict } from "../ports.ts";
import { moveReport } from "./report-request.ts";
import { isLostWithMachine } from "./rerun-request.ts";

/** Jobs of an ended run may be open for a moment because their events come late: each may turn out to be lost too. */
const mostWaits = 4;
/** Trying again would not help: a permission is missing, or there is no such run any more. */
const refusals: ReadonlySet<CallErrorKind> = new Set(["forbidden", "not-found", "invalid"]);

/** After so many receives the re-run is given up; a person can still press the button. */
const mostTries = 8;

/**
 * Re-runs the lost jobs of a run attempt that has ended, together and once: never those of an attempt that is such a
 * re-run itself. What became of it stands in the run's record, which is written before GitHub is asked; a newer attempt
 * than ours then means that an earlier request got through.
 */
export async function rerun(core: Core, key: string, attempt: number): Promise<Verdict> {
  const run = await core.store.runs.read(key);
  if (core.settings.rerunLostJobs !== true || run?.completedAtMs === undefined) return done;
  if (run.rerun !== undefined && run.rerun.outcome !== "asked") return done;
  const jobs = await core.store.jobs.list({ index: "run", key });
  const waitSeconds = core.settings.timings.verifyAfterSeconds * attempt;
  if (attempt <= mostWaits && jobs.some((job) => !isEnded(job))) return again(waitSeconds, "jobs of the run are open");
  const lost = await takenByCloud(core, jobs);
  const mayFollow = jobs.filter((job) => isLostWithMachine(job)).length > lost.length;
  if (attempt <= mostWaits && mayFollow) return again(waitSeconds, "the cloud may still say that it took a machine");
  if (lost.length === 0 || (await isRerunItself(core, run))) return done;
  const { repository, runId } = run;
  try {
    const facts = await core.github.readRun(repository, runId);
    const obstacle = await obstacleOf(core, run, facts);
    if (obstacle === "over") return done;
    if (obstacle !== undefined) return await later(core, run, lost, { attempt, waitSeconds, reason: obstacle });
    await note(core, key, { jobs: lost.map(({ id }) => id), outcome: "asked", detail: undefined });
    await core.github.rerunFailed(repository, runId, onlyFailure(jobs, lost));
  } catch (error) {
    return await onError(core, run, lost, { attempt, waitSeconds, error });
  }
  await settle(core, run, lost, { outcome: "done", detail: undefined });
  return done;
}

/**
 * Jobs whose machine its cloud says that it has ended. What a host said is not enough: a job's code could say so to be
 * run once more; and a job that was too long for its execution would be so again.
 */
async function takenByCloud(core: Core, jobs: readonly Job[]): Promise<Job[]> {
  const lost = jobs.filter((job) => isLostWithMachine(job));
  const runners = await Promise.all(lost.map(async ({ runnerName = "" }) => await core.store.runners.read(runnerName)));
  return lost.filter((_, index) => runners[index]?.machineEnded !== undefined);
}

/** Once: the attempt before this one was re-run by us, so this one is that re-run. */
async function isRerunItself(core: Core, { repository, runId, runAttempt }: Run): Promise<boolean> {
  return runAttempt > 1 && isRerunAsked(await core.store.runs.read(runKey(repository.id, runId, runAttempt - 1)));
}

/** Why GitHub must not be asked now; `over`: nor ever, and the record says why if it is our doing. */
async function obstacleOf(core: Core, run: Run, facts: RunFacts | undefined): Promise<string | undefined> {
  if (facts === undefined) return "over";
  if (facts.runAttempt > run.runAttempt) {
    const { rerun: asked } = run;
    // Without a request of ours somebody else was quicker.
    if (asked !== undefined) {
      await note(core, run.key, { ...asked, outcome: "done" });
      await moveReport(core, run.key, 0);
    }
    return "over";
  }
  return facts.status === "completed" ? undefined : "GitHub shows the run as going on";
}

/** The id of the one job that was lost, when nothing else of ours failed; else all that failed run again. */
function onlyFailure(jobs: readonly Job[], lost: readonly Job[]): number | undefined {
  const failed = jobs.filter(({ conclusion }) => conclusion !== "success" && conclusion !== "skipped");
  const [job, second] = [...new Set([...lost, ...failed])];
  return second === undefined ? job?.id : undefined;
}

type Later = { readonly attempt: number; readonly waitSeconds: number; readonly reason: string };

async function later(
  core: Core,
  run: Run,
  lost: readonly Job[],
  { attempt, waitSeconds, reason }: Later,
): Promise<Verdict> {
  if (attempt < mostTries) return again(waitSeconds, reason);
  await settle(core, run, lost, { outcome: "given-up", detail: reason });
  return done;
}

type Failure = { readonly attempt: number; readonly waitSeconds: number; readonly error: unknown };

async function onError(
  core: Core,
  run: Run,
  lost: readonly Job[],
  { attempt, waitSeconds, error }: Failure,
): Promise<Verdict> {
  if (!isCallError(error) || error.facts.service !== "github") throw error;
  const { message: detail, facts } = error;
  if (refusals.has(facts.kind)) {
    await settle(core, run, lost, { outcome: "refused", detail });
    return done;
  }
  // The run has not quite ended yet, or runs again already: the next look at it tells.
  const afterSeconds =
    facts.kind === "conflict" ? waitSeconds : decide(error, attempt, core.random.next()).afterSeconds;
  return await later(core, run, lost, { attempt, waitSeconds: afterSeconds, reason: detail });
}

type Outcome = Pick<Rerun, "outcome" | "detail">;

/** Nothing more is tried; the check run of the attempt says what became of it. */
async function settle(core: Core, { key }: Run, lost: readonly Job[], outcome: Outcome): Promise<void> {
  const jobs = lost.map(({ id }) => id);
  await note(core, key, { jobs, ...outcome });
  const facts = { run: key, jobs, detail: outcome.detail };
  if (outcome.outcome === "done") core.log.info("lost jobs are re-run", facts);
  else core.log.error("lost jobs could not be re-run", { ...facts, remedy: "grant actions: write, or re-run by hand" });
  await moveReport(core, key, 0);
}

async function note(core: Core, key: string, outcome: Omit<Rerun, "atMs">): Promise<void> {
  const nowMs = core.clock.nowMs();
  await change(core.store.runs, key, (record) => ({
    ...record,
    rerun: { ...outcome, atMs: record.rerun?.atMs ?? nowMs },
  }));
}
