import type { ErrorCode } from "../errors/catalogue.ts";
import type { Death } from "../planning/history.ts";
import type { Execution } from "./execution.ts";
import type { Estimate, PlanCaps } from "../planning/plan-types.ts";
import type { MachineSpec } from "./machine.ts";
import type { Repository } from "./repository.ts";

/**
 * Demand: one workflow job that a repository wants a runner for.
 * `lost` means that the machine died under the job; every other job ends `completed` or waits with a reason.
 */
export type JobState = "queued" | "launching" | "waiting" | "refused" | "running" | "completed" | "lost";

/** Why a job has no runner yet (or never gets one), in a form its author can read: code, sentence, position. */
export type Reason = {
  readonly code: ErrorCode;
  /** The facts that the catalogue's sentence leaves open, for example the label that was refused. */
  readonly detail: string;
  readonly sinceMs: number;
  /** Place in the order of waiting jobs, 1 = next; only where a cap is waited for. */
  readonly position?: number | undefined;
  /** The cap that is waited for, as slots name it (`total`, `execution:lambda`, `repository:1`), or `room:ec2:eu-central-1`. */
  readonly scope?: string | undefined;
};

/** A reason that is over: why the job started later than it might have. */
export type Delay = Pick<Reason, "code" | "detail" | "sinceMs"> & { readonly untilMs: number };

/** What was decided for the job, with the reasons a developer reads on the check run. */
export type Plan = {
  readonly execution: Execution;
  /** Nobody said where: what jobs like it die of changes the next plan. */
  readonly auto: boolean;
  readonly spec: MachineSpec;
  readonly reasons: readonly string[];
  /** As its file spells it; built-in names as they are. */
  readonly runner: string;
  readonly estimate: Estimate;
  readonly caps: PlanCaps;
  /** When the repository wants a check run. */
  readonly report: "always" | "problems" | "never";
};

/** One `job#<workflow job id>`. Times are milliseconds since the epoch. */
export type Job = {
  readonly schema: 1;
  readonly version: number;
  readonly id: number;
  readonly state: JobState;
  readonly repository: Repository;
  readonly runId: number;
  readonly runAttempt: number;
  readonly name: string;
  readonly workflowName: string;
  readonly headSha: string;
  readonly headBranch: string | undefined;
  readonly htmlUrl: string | undefined;
  readonly labels: readonly string[];
  /** Key of the pool: one repository + one label set. */
  readonly pool: string;
  readonly plan: Plan | undefined;
  readonly reason: Reason | undefined;
  /** Reasons that were overcome, the newest 5. */
  readonly delays: readonly Delay[];
  readonly priority: number;
  /** How many runners were launched in this job's name; the next one is number `launches + 1`. */
  readonly launches: number;
  /** Name of our runner that runs (or ran) it, as GitHub told us; never the one we launched for it. */
  readonly runnerName: string | undefined;
  readonly conclusion: string | undefined;
  readonly queuedAtMs: number;
  readonly recordedAtMs: number;
  readonly launchedAtMs: number | undefined;
  readonly startedAtMs: number | undefined;
  readonly completedAtMs: number | undefined;
  /** It died of what Lambda does not have: jobs with its labels go to EC2 until then. */
  readonly escalated?: { readonly died: Death; readonly untilMs: number } | undefined;
  /** When GitHub was last asked about this job. */
  readonly checkedAtMs: number | undefined;
  /** Webhook deliveries that spoke of it (the newest 8), for support. */
  readonly deliveries: readonly string[];
};
