import type { Core } from "../core.ts";
import type { Execution } from "./execution.ts";
import type { Job } from "./job.ts";
import { claimByMs } from "./lifetime.ts";
import type { Candidate, MachineSpec } from "./machine.ts";
import { planCall } from "./plan-call.ts";
import type { Runner } from "./runner.ts";

/** What is decided about a runner before its record is made. */
export type RunnerPlan = {
  readonly name: string;
  readonly launchNumber: number;
  readonly execution: Execution;
  /** Of its machine. */
  readonly region: string;
  readonly spec: MachineSpec;
  /** Caps in which it holds a slot. */
  readonly slots: readonly string[];
  readonly candidates: readonly Candidate[];
  readonly fellBackFrom: readonly string[];
  /** When its first launch call may be made, milliseconds since the epoch. */
  readonly callAtMs: number;
};

/** First version of a runner's record, launched in the name of `job`: its call is open, or reserved when it is early. */
export function newRunner(core: Core, job: Job, plan: RunnerPlan): Runner {
  const nowMs = core.clock.nowMs();
  const call = planCall({ calls: 0, launchAtMs: nowMs, unsure: false }, plan.callAtMs, nowMs);
  const { name, launchNumber, execution, region, spec, slots, candidates, fellBackFrom } = plan;
  return {
    schema: 1,
    version: 1,
    name,
    state: "launching",
    repository: job.repository,
    organizationRunnerGroup: core.settings.organizationRunnerGroup,
    pool: job.pool,
    labels: job.labels,
    execution,
    region,
    spec,
    slots,
    namedForJobId: job.id,
    launchNumber,
    createdAtMs: nowMs,
    candidates,
    candidateNumber: 1,
    fellBackFrom,
    ...call,
    machineId: undefined,
    claimId: undefined,
    claimedAtMs: undefined,
    mintAtMs: undefined,
    mints: 0,
    mintedAtMs: undefined,
    githubRunnerId: undefined,
    listeningAtMs: undefined,
    jobId: undefined,
    startedAtMs: undefined,
    logGroup: undefined,
    logStream: undefined,
    exitCode: undefined,
    peakMemoryMb: undefined,
    hostEndedAtMs: undefined,
    outcome: undefined,
    notice: undefined,
    machineEnded: undefined,
    endingSinceMs: undefined,
    cause: undefined,
    endedAtMs: undefined,
    dueAtMs: claimByMs(core, { execution, ...call }),
  };
}
