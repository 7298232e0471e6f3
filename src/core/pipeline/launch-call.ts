import type { Core } from "../core.ts";
import { CallError, isCallError } from "../errors/call-error.ts";
import type { CallErrorKind } from "../errors/call-error.ts";
import { decide } from "../errors/decide.ts";
import type { Decision } from "../errors/decide.ts";
import { change } from "../model/change.ts";
import { reserveLaunchTurn, turnMs } from "../model/jit-rate.ts";
import type { Job } from "../model/job.ts";
import { claimByMs, endByMs } from "../model/lifetime.ts";
import { overcome } from "../model/overcome.ts";
import { candidateOf } from "../model/runner.ts";
import type { Runner } from "../model/runner.ts";
import { planCall } from "../model/plan-call.ts";
import { freeSlots, keepSlots } from "../model/slots.ts";
import { isUnstarted, jobMay } from "../model/transitions.ts";
import type { LaunchRequest } from "../ports.ts";
import { nextCandidate } from "./candidates.ts";
import type { Launched } from "./launch.ts";

/** Answers after which it is certain that this call has launched nothing. */
const harmless: ReadonlySet<CallErrorKind> = new Set([
  "rate-limited",
  "capacity",
  "quota",
  "unauthorized",
  "forbidden",
  "not-found",
  "invalid",
]);

/** What says at whose rates a launch call is made. */
type Called = Pick<Runner, "execution" | "region" | "repository">;

/** A worker tries one candidate after the other no longer than this; the message goes on with the next one. */
const mostMs = 10_000;

/**
 * When the provider may be called next, milliseconds since the epoch: now, unless its cloud or GitHub's registrations
 * for the installation are at their rate.
 */
export async function reserveLaunchCall(core: Core, runner: Called): Promise<number> {
  const rate = core.compute[runner.execution]?.traits.launchRate;
  const turns = await Promise.all([
    reserveLaunchTurn(core, runner.repository.installationId),
    ...(rate === undefined ? [] : [core.store.rates.reserve(`launch:${runner.execution}:${runner.region}`, rate)]),
  ]);
  return Math.max(...turns);
}

/** True when the reserved call is not made any more: its turn was so long ago that others count on it. */
function hasLapsed(core: Core, { call, calledAtMs }: Runner): boolean {
  return call === "reserved" && core.clock.nowMs() > calledAtMs + turnMs;
}

/**
 * Writes that a call begins, before it does. Without any trace of an earlier call the runner's times start anew.
 * Resolves with the record to call for, or with how long to wait: for the call's turn, or because another worker was
 * first.
 */
export async function openCall(
  core: Core,
  runner: Runner,
): Promise<Runner | { readonly afterSeconds: number; readonly inLine: boolean }> {
  const isItsTurn = runner.call === "reserved" && !hasLapsed(core, runner);
  const callAtMs = isItsTurn ? 0 : await reserveLaunchCall(core, runner);
  const call = planCall(runner, callAtMs, core.clock.nowMs());
  const dueAtMs = claimByMs(core, { execution: runner.execution, ...call });
  const next: Runner = { ...runner, version: runner.version + 1, ...call, dueAtMs };
  if (!(await core.store.runners.write(next))) return { afterSeconds: 1, inLine: false };
  await keepSlots(core, next);
  return next.call === "reserved" ? { afterSeconds: secondsUntil(core, callAtMs), inLine: true } : next;
}

/** For a message that comes back then: at least a second. */
export function secondsUntil(core: Core, timeMs: number): number {
  return Math.max(1, Math.ceil((timeMs - core.clock.nowMs()) / 1000));
}

/** Calls the provider for a record whose call is open, candidate after candidate as long as there is no room. */
export async function callProvider(
  core: Core,
  job: Job,
  first: Runner,
  { attempt, wasUnsure }: { readonly attempt: number; readonly wasUnsure: boolean },
): Promise<Launched> {
  const provider = core.compute[first.execution];
  const startedMs = core.clock.nowMs();
  let runner = first;
  for (;;) {
    try {
      if (provider === undefined) throw new Error(`no compute provider for ${runner.execution}`);
      const { machineId } = await provider.launch(launchRequest(core, runner));
      return await accept(core, job, runner, machineId);
    } catch (error) {
      const candidate = candidateOf(runner);
      if (candidate === undefined || !isCallError(error, "capacity", "quota")) {
        return await fail(core, runner, error, { attempt, wasUnsure: wasUnsure && runner === first });
      }
      const next = await nextCandidate(core, runner, candidate, error.facts);
      core.log.info("no room for a candidate", { runner: runner.name, candidate, detail: error.message });
      if (next.outcome === "no-room") {
        core.metrics.record("LaunchFailures", 1, {});
        await abandonLaunch(core, runner, next.detail);
        return next;
      }
      const { number: candidateNumber, fellBackFrom } = next;
      const fallback: Runner = { ...runner, candidateNumber, fellBackFrom, calls: 0, call: "over", unsure: false };
      if (core.clock.nowMs() > startedMs + mostMs) {
        await core.store.runners.write({ ...fallback, version: runner.version + 1 });
        return { outcome: "in-progress", afterSeconds: 1 };
      }
      const opened = await openCall(core, fallback);
      if ("afterSeconds" in opened) return { outcome: "in-progress", ...opened };
      runner = opened;
    }
  }
}

/** The request follows from the record alone. */
function launchRequest(core: Core, runner: Runner): LaunchRequest {
  return {
    runnerName: runner.name,
    repositoryId: runner.repository.id,
    region: runner.region,
    spec: runner.spec,
    candidate: candidateOf(runner),
    candidateNumber: runner.candidateNumber,
    claimToken: core.signer.sign(`claim:${runner.name}`),
    hostUrl: core.settings.hostUrl,
    claimByMs: claimByMs(core, runner),
    endByMs: endByMs(core, runner),
  };
}

async function accept(core: Core, job: Job, runner: Runner, machineId: string | undefined): Promise<Launched> {
  const { execution } = runner;
  core.log.info("runner launched", { runner: runner.name, execution, job: job.id, machineId });
  await change(core.store.runners, runner.name, (record): Runner | undefined => {
    const known = { machineId: record.machineId ?? machineId, call: "over" as const, unsure: false };
    if (record.state === "launching") return { ...record, ...known, state: "booting" };
    // The machine was faster than the provider's answer and has claimed already.
    return record.machineId === undefined && machineId !== undefined ? { ...record, ...known } : undefined;
  });
  await markLaunching(core, job, runner);
  return { outcome: "accepted" };
}

async function fail(
  core: Core,
  runner: Runner,
  error: unknown,
  { attempt, wasUnsure }: { readonly attempt: number; readonly wasUnsure: boolean },
): Promise<Launched> {
  const decision: Decision = decide(error, attempt, core.random.next());
  core.metrics.record("LaunchFailures", 1, {});
  core.log.warn("launch failed", { runner: runner.name, outcome: decision.outcome, detail: decision.detail });
  const unsure = wasUnsure || !(error instanceof CallError && harmless.has(error.facts.kind));
  if (decision.outcome === "refuse" && !unsure) await abandonLaunch(core, runner, decision.detail);
  else await closeCall(core, runner, unsure);
  return { outcome: "failed", decision };
}

/** Lets the next attempt call at once: this one is over. */
async function closeCall(core: Core, runner: Runner, unsure: boolean): Promise<void> {
  await change(core.store.runners, runner.name, (record): Runner | undefined =>
    record.state === "launching" && record.call === "open" && record.calledAtMs === runner.calledAtMs
      ? { ...record, call: "over", unsure }
      : undefined,
  );
}

/** Surely nothing was launched: the record ends without anybody to end. */
async function abandonLaunch(core: Core, runner: Runner, cause: string): Promise<void> {
  // First: a slot without a record expires late.
  await freeSlots(core, runner);
  await change(core.store.runners, runner.name, (record): Runner | undefined =>
    record.state === "ended"
      ? undefined
      : { ...record, state: "ended", cause, endedAtMs: core.clock.nowMs(), dueAtMs: undefined },
  );
}

/** The job has a runner on its way, whatever it waited for before. */
export async function markLaunching(core: Core, job: Job, runner: Runner): Promise<void> {
  await change(core.store.jobs, String(job.id), (record): Job | undefined => {
    if (!isUnstarted(record.state)) return undefined;
    const launches = Math.max(record.launches, runner.launchNumber);
    if (record.state === "launching" && record.launches === launches) return undefined;
    if (record.state !== "launching" && !jobMay(record.state, "launching")) return undefined;
    const launchedAtMs = record.launchedAtMs ?? runner.createdAtMs;
    return { ...record, state: "launching", launches, launchedAtMs, ...overcome(record, core.clock.nowMs()) };
  });
}
