import type { Core } from "../core.ts";
import { isCallError } from "../errors/call-error.ts";
import { change } from "../model/change.ts";
import type { Job } from "../model/job.ts";
import { isUnstarted, jobMay } from "../model/transitions.ts";
import { isHeld } from "./demand.ts";
import type { JobFacts } from "../ports.ts";
import { onCompleted, onInProgress } from "./observe.ts";

/**
 * Before a runner is launched for a record that is no longer fresh, GitHub is asked: a job that is completed, running
 * or held needs none. GitHub's answer may lag, so only a definite answer counts; 404 or an error means launch.
 */
export async function recheckJob(core: Core, job: Job): Promise<"launch" | "settled"> {
  const freshMs = core.settings.timings.staleAfterSeconds * 1000;
  if (core.clock.nowMs() - Math.max(job.queuedAtMs, job.checkedAtMs ?? 0) <= freshMs) return "launch";
  return (await readAgain(core, job)) === "settled" ? "settled" : "launch";
}

/** `settled`: it needs no runner, which its record says now. `unknown`: GitHub did not say. */
async function readAgain(core: Core, job: Job): Promise<"queued" | "settled" | "unknown"> {
  const nowMs = core.clock.nowMs();
  const facts = await read(core, job);
  if (facts?.status === "completed" || facts?.status === "in_progress") {
    const message = { repository: job.repository, job: facts };
    await (facts.status === "completed" ? onCompleted(core, message) : onInProgress(core, message));
    return "settled";
  }
  // An approval is waited for, or another job of the concurrency group.
  if (facts?.status === "waiting" || facts?.status === "pending") {
    await holdJob(core, job, nowMs);
    return "settled";
  }
  await change(core.store.jobs, String(job.id), (record) =>
    isUnstarted(record.state) ? { ...record, checkedAtMs: nowMs } : undefined,
  );
  return facts === undefined ? "unknown" : "queued";
}

/** What GitHub says of the job; undefined when it says nothing. */
async function read(core: Core, job: Job): Promise<JobFacts | undefined> {
  try {
    return await core.github.readJob(job.repository, job.id);
  } catch (error) {
    if (!isCallError(error)) throw error;
    core.log.warn("job could not be read again", { job: job.id, detail: error.message });
    return undefined;
  }
}

/**
 * The `queued` that ends GitHub's hold may get lost, so a held job is read again from time to time; it wants a runner
 * from then on when GitHub shows it as waiting no longer. Resolves with whether that is so.
 */
export async function recheckHeldJob(core: Core, job: Job): Promise<boolean> {
  const [everySeconds = 0] = core.settings.timings.backoffSeconds;
  const lastMs = Math.max(job.checkedAtMs ?? 0, job.reason?.sinceMs ?? 0);
  if (core.clock.nowMs() < lastMs + everySeconds * 1000) return false;
  if ((await readAgain(core, job)) !== "queued") return false;
  const after = await change(core.store.jobs, String(job.id), (record): Job | undefined =>
    isHeld(record) ? { ...record, state: "queued", reason: undefined } : undefined,
  );
  return after?.state === "queued";
}

/**
 * GitHub holds the job (approval): it wants no runner until another `queued` or the schedule's look says so.
 * `readAtMs`: when GitHub was asked; undefined for what a delivery says, which may be old.
 */
export async function holdJob(core: Core, job: Job, readAtMs?: number): Promise<void> {
  const nowMs = core.clock.nowMs();
  await change(core.store.jobs, String(job.id), (record): Job | undefined => {
    const checkedAtMs = readAtMs ?? record.checkedAtMs;
    if (record.state === "waiting" && record.reason?.code === "MF-HELD-BY-GITHUB") {
      return { ...record, checkedAtMs };
    }
    if (record.state !== "waiting" && !jobMay(record.state, "waiting")) return undefined;
    const reason = { code: "MF-HELD-BY-GITHUB", detail: "GitHub shows the job as waiting", sinceMs: nowMs } as const;
    return { ...record, state: "waiting", reason, checkedAtMs };
  });
}
