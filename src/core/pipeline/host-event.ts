import type { Core } from "../core.ts";
import { measureUsage } from "../measure/measure-usage.ts";
import { change } from "../model/change.ts";
import type { MachineUsage } from "../model/machine-usage.ts";
import type { Runner } from "../model/runner.ts";
import { freeSlots } from "../model/slots.ts";
import { runnerMay } from "../model/transitions.ts";
import type { HostAnswer } from "./claim.ts";
import { readSession } from "./session.ts";
import { endRunner } from "./end-runner.ts";
import { reapAt, unneeded } from "./reap-request.ts";
import { wakeForFreedSlot } from "./wake-request.ts";

/** What a host tells about its own runner; every field is a hint from a machine that runs other people's code. */
export type HostEvent = {
  readonly runner: string;
  /** From the claim's answer. */
  readonly session?: string | undefined;
  /** The claim token: a machine that never came as far as the claim may still say why it ends. */
  readonly token?: string | undefined;
  readonly type: "booted" | "listening" | "job-started" | "notice" | "ended";
  readonly logGroup?: string | undefined;
  readonly logStream?: string | undefined;
  readonly exitCode?: number | undefined;
  readonly outcome?: string | undefined;
  readonly cause?: string | undefined;
  readonly peakMemoryMb?: number | undefined;
  readonly usage?: MachineUsage | undefined;
};

/**
 * Writes the hint into the host's own runner record: 204, 401 for a wrong session, 410 when the record has ended. A
 * forged one costs a digest and no read.
 */
export async function onHostEvent(core: Core, event: HostEvent): Promise<HostAnswer> {
  const from = readSender(core, event);
  if (from === undefined) return { status: 401 };
  const runner = await core.store.runners.read(event.runner);
  // With a claim the session counts and the token is worth nothing any more.
  if (runner === undefined || runner.claimId !== from.claimId) return { status: 401 };
  if (runner.state === "ended" && event.type !== "ended") return { status: 410 };
  let isFirst = false;
  const after = await change(core.store.runners, event.runner, (record) => {
    const next = noted(core, record, event);
    isFirst = next !== undefined;
    return next;
  });
  if (after !== undefined && event.type === "ended") {
    // A machine repeats what it got no answer to.
    if (isFirst) measureUsage(core.metrics, after);
    await onListenerEnded(core, after);
  }
  return { status: 204 };
}

/** Which claim of the runner the event comes from, or that it comes from before any; undefined when it is forged. */
function readSender(core: Core, event: HostEvent): { readonly claimId: string | undefined } | undefined {
  if (event.session === undefined) {
    const isIts = core.signer.equal(core.signer.sign(`claim:${event.runner}`), event.token ?? "");
    return isIts && event.type === "ended" ? { claimId: undefined } : undefined;
  }
  const claimId = readSession(core, event.runner, event.session);
  return claimId === undefined ? undefined : { claimId };
}

function noted(core: Core, record: Runner, event: HostEvent): Runner | undefined {
  const nowMs = core.clock.nowMs();
  if (event.type === "booted") {
    return { ...record, logGroup: record.logGroup ?? event.logGroup, logStream: record.logStream ?? event.logStream };
  }
  if (event.type === "listening") {
    if (!runnerMay(record.state, "idle")) return undefined;
    // The host ends itself when idle for too long; this is the time at which we stop believing in it.
    const dueAtMs = nowMs + (core.settings.timings.idleSeconds + core.settings.timings.verifyAfterSeconds) * 1000;
    // One that is about to be ended as one too many still is.
    const due = record.cause === unneeded ? record.dueAtMs : dueAtMs;
    return { ...record, state: "idle", listeningAtMs: nowMs, dueAtMs: due };
  }
  if (event.type === "notice") return { ...record, notice: record.notice ?? event.cause };
  if (event.type !== "ended" || record.hostEndedAtMs !== undefined) return undefined;
  return {
    ...record,
    hostEndedAtMs: nowMs,
    exitCode: event.exitCode,
    outcome: event.outcome,
    cause: event.cause ?? record.cause,
    peakMemoryMb: event.peakMemoryMb,
    usage: event.usage,
  };
}

/** The listener is gone. With a finished job, or without any, the runner is over; else GitHub is asked soon. */
async function onListenerEnded(core: Core, runner: Runner): Promise<void> {
  if (runner.state === "ended") {
    // Its record ended before its machine did, which kept its slots.
    await freeSlots(core, runner);
    await wakeForFreedSlot(core, runner);
    return;
  }
  const job = runner.jobId === undefined ? undefined : await core.store.jobs.read(String(runner.jobId));
  if (job?.state === "completed") {
    await endRunner(core, runner, "job completed");
    return;
  }
  // A job may have run without its `in_progress` having reached us yet, so nothing is concluded at once.
  const ranNothing =
    runner.claimId === undefined ||
    (runner.jobId === undefined && (runner.outcome === "no-job" || runner.outcome === "idle"));
  await reapAt(core, runner, ranNothing ? 0 : core.settings.timings.verifyAfterSeconds);
}
