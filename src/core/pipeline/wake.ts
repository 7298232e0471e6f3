import type { Core } from "../core.ts";
import { done } from "../core.ts";
import { change } from "../model/change.ts";
import type { Job } from "../model/job.ts";
import { overcome } from "../model/overcome.ts";
import type { Verdict } from "../ports.ts";
import { demandAndSupply } from "./demand.ts";
import { launchRunner } from "./launch.ts";
import { readPool, whyBackingOff } from "./pool-request.ts";
import { recheckJob } from "./recheck.ts";
import { explain, settleLaunch } from "./wait.ts";
import { wakeFirst } from "./wake-request.ts";

async function markExpected(core: Core, job: Job): Promise<void> {
  const nowMs = core.clock.nowMs();
  await change(core.store.jobs, String(job.id), (record): Job | undefined =>
    record.state === "waiting" ? { ...record, state: "launching", ...overcome(record, nowMs) } : undefined,
  );
}

/** A waiting job is tried again, and when it leaves its line the one behind it; nothing happens unless it still waits. */
export async function wake(core: Core, jobId: number, attempt: number): Promise<Verdict> {
  const job = await core.store.jobs.read(String(jobId));
  if (job === undefined || job.state !== "waiting") return done;
  const { leaves, verdict } = await tryAgain(core, job, attempt);
  if (leaves && job.reason?.scope !== undefined) await wakeFirst(core, [job.reason.scope]);
  return verdict;
}

/** `leaves`: the job does not stand in its line any more. */
async function tryAgain(
  core: Core,
  job: Job,
  attempt: number,
): Promise<{ readonly leaves: boolean; readonly verdict: Verdict }> {
  const left = { leaves: true, verdict: done };
  if ((await recheckJob(core, job)) === "settled") return left;
  const held = whyBackingOff(core, await readPool(core, job));
  if (held !== undefined) {
    // The pool launches for it when its time has come; those behind it need not wait for that.
    await markExpected(core, job);
    await explain(core, job, "MF-HELD-BY-GITHUB", held);
    return left;
  }
  const { demand, supply } = await demandAndSupply(core, job.pool);
  if (supply.length >= demand.length) {
    // A runner of its pool is on the way that nobody else wants.
    await markExpected(core, job);
    return left;
  }
  const launched = await launchRunner(core, job, job.launches + 1, attempt);
  return { leaves: launched.outcome === "accepted", verdict: await settleLaunch(core, job, launched) };
}
