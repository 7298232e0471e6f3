import type { Core } from "../core.ts";
import { again, done } from "../core.ts";
import type { ErrorCode } from "../errors/catalogue.ts";
import { change } from "../model/change.ts";
import type { Job } from "../model/job.ts";
import { runnerName } from "../model/runner-name.ts";
import { isUnstarted, jobMay } from "../model/transitions.ts";
import type { Verdict } from "../ports.ts";
import { requestCancel } from "./cancel-request.ts";
import type { Launched } from "./launch.ts";
import { jobsAhead } from "./line.ts";
import { requestReport } from "./report-request.ts";

/** A shorter wait for a launch call is not worth a word. */
const longTurnSeconds = 10;

/** Turns the result of a launch in the job's name into the message's verdict, and writes the reason for its author. */
export async function settleLaunch(core: Core, job: Job, launched: Launched): Promise<Verdict> {
  if (launched.outcome === "accepted") return done;
  if (launched.outcome === "in-progress") {
    const { afterSeconds, inLine } = launched;
    if (inLine !== true) return again(afterSeconds, "another worker is launching it");
    const detail = `its turn comes in ${afterSeconds} s`;
    if (afterSeconds >= longTurnSeconds) await explain(core, job, "MF-COMPUTE-RATE", detail);
    return again(afterSeconds, detail);
  }
  if (launched.outcome === "full") {
    const { scope, cap } = launched;
    await waitFor(core, job, { code: "MF-CAP", scope, detail: `${scope} is at its cap of ${cap}` });
    return done;
  }
  if (launched.outcome === "no-room") {
    const after = await waitFor(core, job, launched);
    const isNew = job.reason?.code !== launched.code || job.reason.scope !== launched.scope;
    if (after?.state === "waiting" && isNew) await requestReport(core, after);
    return done;
  }
  const { decision } = launched;
  if (decision.outcome === "refuse") {
    await refuseJob(core, job, decision.tellUser, decision.detail);
    return done;
  }
  await explain(core, job, decision.tellUser, decision.detail);
  if (decision.outcome === "give-up") return { outcome: "dead-letter", reason: decision.detail };
  return again(decision.afterSeconds, decision.detail);
}

/** The job will get no runner, and its author is told why. */
export async function refuseJob(core: Core, job: Job, code: ErrorCode, detail: string): Promise<void> {
  const reason = { code, detail, sinceMs: core.clock.nowMs() };
  let first = false;
  const after = await change(core.store.jobs, String(job.id), (record): Job | undefined => {
    first = jobMay(record.state, "refused");
    return first ? { ...record, state: "refused", reason } : undefined;
  });
  if (after === undefined) return;
  if (first) logRefusal(core, after);
  await requestReport(core, after);
  await requestCancel(core, after);
}

/** For operators: the job's author reads it on the check run. */
export function logRefusal({ log }: Pick<Core, "log">, { id, repository, reason }: Job): void {
  log.warn("job refused", { job: id, repository: repository.id, code: reason?.code, detail: reason?.detail });
}

/**
 * Writes why the job has no runner yet, without changing its state. The time of the first mention stays, and a job that
 * waits keeps the reason by which it is woken.
 */
export async function explain(core: Core, job: Job, code: ErrorCode, detail: string): Promise<void> {
  await change(core.store.jobs, String(job.id), (record) => {
    if (!isUnstarted(record.state) || record.state === "waiting") return undefined;
    if (record.reason?.code === code && record.reason.detail === detail) return undefined;
    const sinceMs = record.reason?.code === code ? record.reason.sinceMs : core.clock.nowMs();
    return { ...record, reason: { code, detail, sinceMs } };
  });
}

type WaitingFor = { readonly code: ErrorCode; readonly scope: string; readonly detail: string };

/** The job waits in the store until a slot or room is free again; its author reads for what, and its place in the line. */
async function waitFor(core: Core, job: Job, { code, scope, detail }: WaitingFor): Promise<Job | undefined> {
  const position = (await jobsAhead(core, job, scope)) + 1;
  const launches = code === "MF-CAP" ? job.launches : await usedLaunchNumber(core, job);
  return await change(core.store.jobs, String(job.id), (record): Job | undefined => {
    if (record.state !== "waiting" && !jobMay(record.state, "waiting")) return undefined;
    const { reason } = record;
    const same = reason?.code === code && reason.scope === scope && reason.detail === detail;
    if (record.state === "waiting" && same && reason.position === position && record.launches >= launches) {
      return undefined;
    }
    const sinceMs = reason?.scope === scope ? reason.sinceMs : core.clock.nowMs();
    return {
      ...record,
      state: "waiting",
      launches: Math.max(record.launches, launches),
      reason: { code, detail, sinceMs, scope, position },
    };
  });
}

/** A launch that was given up has used its number: its name never comes back. */
async function usedLaunchNumber(core: Core, job: Job): Promise<number> {
  const number = job.launches + 1;
  const record = await core.store.runners.read(runnerName(core.settings.labelPrefix, job.id, number));
  return record?.state === "ended" ? number : job.launches;
}
