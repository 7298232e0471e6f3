import type { Core } from "../core.ts";
import { done } from "../core.ts";
import { isCallError } from "../errors/call-error.ts";
import type { CallError } from "../errors/call-error.ts";
import { decide } from "../errors/decide.ts";
import { change } from "../model/change.ts";
import type { Repository } from "../model/repository.ts";
import { nextLookMs, servedRepositoryKey } from "../model/served-repository.ts";
import type { ServedRepository } from "../model/served-repository.ts";
import type { JobFacts, RunFacts, Verdict } from "../ports.ts";
import { sweepSettings } from "../settings.ts";
import { unheardJobs } from "./sweep-unheard.ts";

/** Runs whose jobs are listed at a time: GitHub allows 100 requests at once for everything that an App does. */
const runsAtOnce = 5;

/** What a look has cost so far. */
type Spent = { calls: number };

/**
 * Looks at the queued and running runs of a repository and passes on, as a webhook would have done, what no delivery
 * has told about their jobs. A failed call puts the next look off; it never fails the message.
 */
export async function sweepRuns(core: Core, { id }: Repository, attempt: number): Promise<Verdict> {
  const key = servedRepositoryKey(id);
  const served = await core.store.repositories.read(key);
  if (served === undefined) return done;
  const spent: Spent = { calls: 0 };
  try {
    const resumeBelowRunId = await look(core, served, spent);
    const sweptAtMs = core.clock.nowMs();
    await change(core.store.repositories, key, (record) => ({
      ...record,
      sweptAtMs,
      calls: spent.calls,
      resumeBelowRunId,
      refused: undefined,
    }));
  } catch (error) {
    if (!isCallError(error) || error.facts.service !== "github") throw error;
    await putOff(core, served, error, { attempt, calls: spent.calls });
  }
  return done;
}

/** Resolves with the run where the next look has to go on, undefined when this one saw all. */
async function look(
  core: Core,
  { repository, resumeBelowRunId }: ServedRepository,
  spent: Spent,
): Promise<number | undefined> {
  spent.calls += 1;
  const queued = await core.github.listRuns(repository, "queued");
  // Only now: a run that starts in between stands in the second list.
  spent.calls += 1;
  const running = await core.github.listRuns(repository, "in_progress");
  const { runs, resumeBelow } = turnOf(
    [...queued, ...running],
    resumeBelowRunId,
    sweepSettings(core.settings).mostRuns,
  );
  for (let first = 0; first < runs.length; first += runsAtOnce) {
    const lists = await Promise.all(
      runs.slice(first, first + runsAtOnce).map(async (run) => await jobsOf(core, repository, run, spent)),
    );
    await passOn(core, repository, lists.flat());
  }
  return resumeBelow;
}

/** The newest runs first; with more than fit, the next turn begins below the last one of this turn, and so around. */
function turnOf(
  all: readonly RunFacts[],
  resumeBelowRunId: number | undefined,
  mostRuns: number,
): { runs: RunFacts[]; resumeBelow: number | undefined } {
  const newestFirst = [...new Map(all.map((run) => [run.id, run])).values()].toSorted(
    (one, other) => other.id - one.id,
  );
  const from = newestFirst.findIndex(({ id }) => id < (resumeBelowRunId ?? Number.POSITIVE_INFINITY));
  const around = [...newestFirst.slice(Math.max(0, from)), ...newestFirst.slice(0, Math.max(0, from))];
  const runs = around.slice(0, mostRuns);
  return { runs, resumeBelow: runs.length < around.length ? runs.at(-1)?.id : undefined };
}

async function jobsOf(core: Core, repository: Repository, { id }: RunFacts, spent: Spent): Promise<JobFacts[]> {
  const jobs: JobFacts[] = [];
  try {
    for (let page: number | undefined = 1; page !== undefined;) {
      spent.calls += 1;
      const list: Awaited<ReturnType<typeof core.github.listJobs>> = await core.github.listJobs(repository, id, page);
      jobs.push(...list.jobs);
      page = list.next;
    }
  } catch (error) {
    // Somebody has deleted the run in the meantime.
    if (!isCallError(error, "not-found")) throw error;
  }
  return jobs;
}

async function passOn(core: Core, repository: Repository, jobs: readonly JobFacts[]): Promise<void> {
  const unheard = await unheardJobs(core, repository, jobs);
  if (unheard.length === 0) return;
  core.metrics.record("UnheardJobs", unheard.length, {});
  await core.queue.send(
    unheard.map(({ facts, status }) => ({
      message: { kind: "job", action: status, delivery: `sweep-${facts.id}-${status}`, repository, job: facts },
      group: String(repository.id),
    })),
  );
  for (const { facts, status, record } of unheard) {
    const where = { job: facts.id, run: facts.runId, repository: repository.id };
    core.log.warn("job found by sweep", { ...where, status, recorded: record?.state ?? "not at all" });
  }
}

/** The next look comes when the failure says so; a repository that GitHub does not show us is seldom looked at. */
async function putOff(
  core: Core,
  { key, repository, refused }: ServedRepository,
  error: CallError,
  { attempt, calls }: { readonly attempt: number; readonly calls: number },
): Promise<void> {
  const nowMs = core.clock.nowMs();
  const isRefusal = isCallError(error, "forbidden", "not-found", "invalid");
  const facts = { repository: repository.id, name: `${repository.owner}/${repository.name}`, detail: error.message };
  if (!isRefusal) core.log.warn("runs could not be listed", facts);
  else if (refused === undefined) core.log.error("runs cannot be listed", { ...facts, remedy: "grant actions: read" });
  const { afterSeconds } = decide(error, attempt, core.random.next());
  await change(core.store.repositories, key, (record) => {
    const after = { ...record, calls, refused: isRefusal ? error.message : record.refused };
    const earliestMs = isRefusal ? nextLookMs(sweepSettings(core.settings), after, nowMs) : nowMs + afterSeconds * 1000;
    return { ...after, dueAtMs: Math.max(record.dueAtMs, earliestMs) };
  });
}
