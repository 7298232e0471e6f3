import type { Core } from "../core.ts";
import { again, done } from "../core.ts";
import { isCallError } from "../errors/call-error.ts";
import { decide } from "../errors/decide.ts";
import { change } from "../model/change.ts";
import type { Cancel } from "../model/run.ts";
import type { Verdict } from "../ports.ts";
import { moveReport } from "./report-request.ts";

/** After so many receives it is given up; the run ends by itself after a day. */
const mostTries = 6;

/**
 * Cancels a run that gets no machines, once; what became of it stands in its record and on its check run. Without the
 * permission the run waits until somebody cancels it, or for a day.
 */
export async function cancelRun(core: Core, key: string, attempt: number): Promise<Verdict> {
  const run = await core.store.runs.read(key);
  if (run === undefined || run.completedAtMs !== undefined) return done;
  if (run.cancel !== undefined && run.cancel.outcome !== "asked") return done;
  // Each job of the run has sent a message: the first one asks, and comes back when it could not.
  if (attempt === 1 && !(await begin(core, key))) return done;
  try {
    await core.github.cancelRun(run.repository, run.runId);
  } catch (error) {
    if (!isCallError(error) || error.facts.service !== "github") throw error;
    const { kind } = error.facts;
    // It has ended already.
    if (kind !== "conflict" && kind !== "not-found") {
      const decision = decide(error, attempt, core.random.next());
      if (decision.outcome !== "refuse" && attempt < mostTries) return again(decision.afterSeconds, decision.detail);
      const outcome = decision.outcome === "refuse" ? "refused" : "given-up";
      core.log.warn("run could not be cancelled", { run: key, detail: error.message });
      return await settle(core, key, { outcome, detail: error.message });
    }
  }
  core.log.info("run cancelled: it gets no machines", { run: key });
  return await settle(core, key, { outcome: "done", detail: undefined });
}

/** True for the one message that is to ask GitHub. */
async function begin(core: Core, key: string): Promise<boolean> {
  const asked: Cancel = { outcome: "asked", detail: undefined, atMs: core.clock.nowMs() };
  let isFirst = false;
  await change(core.store.runs, key, (record) => {
    isFirst = record.cancel === undefined;
    return isFirst ? { ...record, cancel: asked } : undefined;
  });
  return isFirst;
}

async function settle(core: Core, key: string, cancel: Omit<Cancel, "atMs">): Promise<Verdict> {
  await note(core, key, cancel);
  await moveReport(core, key, 0);
  return done;
}

async function note(core: Core, key: string, cancel: Omit<Cancel, "atMs">): Promise<void> {
  const nowMs = core.clock.nowMs();
  await change(core.store.runs, key, (record) => ({
    ...record,
    cancel: { ...cancel, atMs: nowMs },
  }));
}
