import type { ErrorCode } from "../errors/catalogue.ts";
import type { Execution } from "../model/execution.ts";
import type { Arch, MachineSpec } from "../model/machine.ts";
import type { History } from "./history.ts";
import type { Policy } from "./policy/policy.ts";
import type { Prices } from "./machines/prices.ts";
import type { RunnerConfig } from "./runner-config/runner-config.ts";
import type { WorkflowsFacts } from "./workflows/workflow-facts.ts";

/** Why a run may be somebody's who is not to have our machines. */
export type Trust =
  | { readonly kind: "trusted" }
  /** The run's code comes from a fork, or from one that is gone. */
  | { readonly kind: "fork"; readonly from: string | undefined }
  /** An event that strangers can cause, by somebody without write access. */
  | { readonly kind: "untrusted"; readonly event: string; readonly actor: string | undefined };

/** The job that a plan is made for. */
export type JobToPlan = {
  readonly labels: readonly string[];
  readonly trust: Trust;
  /** Somebody with write access has (re-)started the run. */
  readonly approved: boolean;
  readonly publicRepository: boolean;
};

/** What this installation can launch, whatever anybody asks for. */
export type Offer = {
  /** Of machines that ask neither for an image nor for subnets. */
  readonly archs: readonly Arch[];
  /** The same for each region that has machines; undefined: wherever they are. */
  readonly archsByRegion?: Readonly<Record<string, readonly Arch[]>> | undefined;
  /** Sizes of Lambda functions; undefined: any size that the execution knows. */
  readonly memoryMb?: readonly number[] | undefined;
};

export type RegionOf = (execution: Execution, spec: MachineSpec) => string | undefined;

export type Offers = Partial<Readonly<Record<Execution, Offer>>>;

export type PlanInput = {
  readonly job: JobToPlan;
  /** Of the default branch; undefined when nobody needed them or they cannot be read. */
  readonly workflows: WorkflowsFacts | undefined;
  readonly config: RunnerConfig;
  readonly policy: Policy;
  readonly history: History;
  readonly prices: Prices;
  readonly offers: Offers;
  /** Runners are the organisation's: jobs of its other repositories may take this one's. */
  readonly organizationRunners?: boolean | undefined;
  /** Region that a machine would be launched in. Pure. Undefined when nobody cares. */
  readonly regionOf?: RegionOf | undefined;
  readonly labelPrefix: string;
  readonly nowMs: number;
  /**
   * The repository's file has errors and no earlier version of it is known: what they are. Runners that it may define
   * are then as the operator's defaults have them.
   */
  readonly brokenFile?: string | undefined;
};

export type Estimate = {
  /** Undefined when a price is not known. */
  readonly usd: number | undefined;
  /** Of the job itself. */
  readonly seconds: number;
};

/** The same job elsewhere. */
export type Alternative = { readonly execution: Execution; readonly machine: string; readonly usd: number | undefined };

export type PlanOutcome =
  | {
      readonly outcome: "launch";
      /** The runner's name as its file spells it; built-in names as they are. */
      readonly runner: string;
      readonly execution: Execution;
      /** Nobody said where: it follows from what the label set's jobs need and did. */
      readonly auto: boolean;
      readonly spec: MachineSpec;
      /** Sentences for the developer, the decision first. */
      readonly reasons: readonly string[];
      readonly estimate: Estimate;
      readonly alternatives: readonly Alternative[];
      readonly priority: number;
      /** Caps beside the operator's general ones. */
      readonly caps: PlanCaps;
    }
  | { readonly outcome: "wait"; readonly runner: string; readonly code: ErrorCode; readonly detail: string }
  | { readonly outcome: "refuse"; readonly code: ErrorCode; readonly detail: string }
  | { readonly outcome: "not-ours"; readonly nearMiss?: string | undefined };

export type PlanCaps = {
  readonly repository?: number | undefined;
  readonly runner?: { readonly name: string; readonly most: number } | undefined;
};
