import type { Core } from "../core.ts";
import type { Decision } from "../errors/decide.ts";
import type { ErrorCode } from "../errors/catalogue.ts";
import type { Job } from "../model/job.ts";
import { claimByMs } from "../model/lifetime.ts";
import { machineRegion } from "../model/machine-region.ts";
import { newRunner } from "../model/new-runner.ts";
import { runnerName } from "../model/runner-name.ts";
import type { Runner } from "../model/runner.ts";
import { freeSlots, keepSlots, slotScopes, takeSlots } from "../model/slots.ts";
import { chooseCandidates } from "./candidates.ts";
import { isPlanned, planLate } from "./plan-late.ts";
import { findLine } from "./line.ts";
import { overBudget } from "./spending.ts";
import { callProvider, markLaunching, openCall, reserveLaunchCall, secondsUntil } from "./launch-call.ts";

export type Launched =
  /** The provider accepted it, or a runner of this name is further than that. */
  | { readonly outcome: "accepted" }
  /** Somebody else is calling the provider right now, or (`inLine`) its turn at the cloud's rate has not come. */
  | { readonly outcome: "in-progress"; readonly afterSeconds: number; readonly inLine?: boolean }
  /** A cap is reached. */
  | { readonly outcome: "full"; readonly scope: string; readonly cap: number }
  /** Every kind of machine that would do is out of stock, or a quota is used up; no machine was launched. */
  | { readonly outcome: "no-room"; readonly code: ErrorCode; readonly scope: string; readonly detail: string }
  /** `unplanned`: what its plan rests on cannot be read. */
  | { readonly outcome: "failed"; readonly decision: Decision; readonly unplanned?: boolean };

/**
 * Launches runner number `launchNumber` in the name of `job`, or resumes that launch from what is recorded: the name
 * follows from job and number, so duplicates collide on the record instead of launching twice. The record is written
 * before the call, and the request follows from the record alone, so a lost reply is answered with the same bytes.
 */
export async function launchRunner(core: Core, asked: Job, launchNumber: number, attempt = 1): Promise<Launched> {
  const job = isPlanned(asked) ? asked : await planLate(core, asked, attempt);
  if ("afterSeconds" in job) return { outcome: "failed", decision: job, unplanned: true };
  const name = runnerName(core.settings.labelPrefix, job.id, launchNumber);
  const existing = await core.store.runners.read(name);
  if (existing !== undefined) return await resumeLaunch(core, job, existing, attempt);
  const tooDear = await overBudget(core);
  if (tooDear !== undefined) return { outcome: "failed", decision: tooDear };
  const { execution, spec, caps } = job.plan;
  const region = machineRegion(core, execution, spec);
  const choice = await chooseCandidates(core, { execution, region, spec });
  if (choice.outcome === "no-room") return choice;
  const scopes = slotScopes(core.settings.caps, { execution, repository: job.repository, caps });
  const full = (await findLine(core, job, scopes)) ?? (await takeSlots(core, name, scopes));
  if (full !== undefined) return { outcome: "full", ...full };
  const callAtMs = await reserveLaunchCall(core, { execution, region, repository: job.repository });
  const slots = scopes.map(({ scope }) => scope);
  const runner = newRunner(core, job, { ...choice, name, launchNumber, execution, region, spec, slots, callAtMs });
  // Before the record: nobody counts on a runner whose slots may expire too early.
  await keepSlots(core, runner);
  if (await core.store.runners.write(runner)) {
    if (runner.call === "open") return await callProvider(core, job, runner, { attempt, wasUnsure: false });
    return { outcome: "in-progress", afterSeconds: secondsUntil(core, callAtMs), inLine: true };
  }
  const other = await core.store.runners.read(name);
  if (other !== undefined) return await resumeLaunch(core, job, other, attempt);
  await freeSlots(core, { name, slots });
  return { outcome: "in-progress", afterSeconds: 1 };
}

/** True when no call for this runner is under way or planned and none was accepted: somebody has to call, or end it. */
export function isStalled(core: Core, runner: Runner): boolean {
  return runner.state === "launching" && callableAtMs(core, runner) < core.clock.nowMs();
}

/** From then on anybody may make the next launch call: an open one is left alone for a while, whoever made it. */
function callableAtMs(core: Core, { call, calledAtMs }: Runner): number {
  if (call === "over") return 0;
  return call === "reserved" ? calledAtMs : calledAtMs + core.settings.timings.callPatienceSeconds * 1000;
}

/** Takes up a stalled launch where it stopped, with the same bytes. */
export async function resumeRunner(
  core: Core,
  runner: Runner,
  attempt: number,
): Promise<{ job: Job; launched: Launched } | undefined> {
  const job = await core.store.jobs.read(String(runner.namedForJobId));
  return job && { job, launched: await resumeLaunch(core, job, runner, attempt) };
}

async function resumeLaunch(core: Core, job: Job, runner: Runner, attempt: number): Promise<Launched> {
  const nowMs = core.clock.nowMs();
  // A machine that may be there and can claim no more: reap finds out, another call could only launch it too late.
  const tooLate = runner.unsure && nowMs > claimByMs(core, runner);
  if (runner.state !== "launching" || runner.claimId !== undefined || tooLate) {
    await markLaunching(core, job, runner);
    return { outcome: "accepted" };
  }
  const callableMs = callableAtMs(core, runner);
  if (callableMs > nowMs) {
    const inLine = runner.call === "reserved";
    // Whoever moved its turn may have died before it kept them.
    if (inLine) await keepSlots(core, runner);
    return { outcome: "in-progress", afterSeconds: secondsUntil(core, callableMs), inLine };
  }
  const opened = await openCall(core, runner);
  if ("afterSeconds" in opened) return { outcome: "in-progress", ...opened };
  return await callProvider(core, job, opened, { attempt, wasUnsure: runner.unsure });
}
