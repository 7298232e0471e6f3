import type { Execution } from "../../../../src/core/model/execution.ts";
import type { Repository } from "../../../../src/core/model/repository.ts";
import type { CheckRun, JobFacts } from "../../../../src/core/ports.ts";
import type { Machine } from "../machine.ts";

export type JobStatus = "waiting" | "queued" | "in_progress" | "completed";

/** Why GitHub hands a queued job to nobody. */
export type Hold = "approval" | "max-parallel" | "concurrency";

/**
 * Whose a job is: one that Mayfly serves, one that it refuses by its labels, one of a fork with labels that are served,
 * one of an installation that is not served, or one of GitHub's own runners.
 */
export type JobKind = "served" | "refused" | "stranger" | "foreign" | "hosted";

export type SimJob = {
  readonly id: number;
  readonly kind: JobKind;
  readonly repository: Repository;
  readonly run: SimRun;
  readonly attempt: number;
  readonly name: string;
  readonly labels: readonly string[];
  readonly pool: string;
  /** The only execution that it may run on. */
  readonly execution: Execution | undefined;
  readonly createdAtMs: number;
  /** How long its steps take. */
  readonly seconds: number;
  status: JobStatus;
  hold: Hold | undefined;
  conclusion: string | undefined;
  runnerName: string | undefined;
  startedAtMs: number | undefined;
  completedAtMs: number | undefined;
  /** When its status changed last, and what it looked like before: reads may lag behind. */
  changedAtMs: number;
  before: JobFacts | undefined;
  /** Latest status that an accepted webhook told Mayfly, and when. */
  told: { readonly status: string; readonly atMs: number } | undefined;
  /** When Mayfly could first have read that it is queued no longer. */
  leftQueueAtMs: number | undefined;
  /** It became queued (again) then. */
  queuedAtMs: number;
  /** No delivery was attempted for its `queued`, or it failed. */
  hidden: "failed" | "never-attempted" | undefined;
};

export type SimRun = {
  readonly id: number;
  readonly repository: Repository;
  readonly headSha: string;
  readonly maxParallel: number | undefined;
  readonly group: string | undefined;
  /** Its code comes from a fork. */
  readonly fork: boolean;
  attempt: number;
  jobs: SimJob[];
  completedAtMs: number | undefined;
  conclusion: string | undefined;
};

export type SimRunner = {
  readonly id: number;
  readonly repositoryId: number;
  readonly name: string;
  readonly labels: readonly string[];
  readonly createdAtMs: number;
  online: boolean;
  machine: Machine | undefined;
  job: SimJob | undefined;
  removed: boolean;
};

export type StoredCheckRun = Omit<CheckRun, "annotations"> & { readonly id: number; annotations: number; atMs: number };

export type SimDelivery = {
  readonly id: string;
  readonly guid: string;
  readonly deliveredAtMs: number;
  ok: boolean;
  readonly event: string;
  readonly action: string;
  readonly installationId: number;
  readonly payload: unknown;
};

/** Everything that this GitHub knows. */
export type GitHubState = {
  readonly jobs: Map<number, SimJob>;
  readonly runs: Map<number, SimRun>;
  readonly runners: Map<number, SimRunner>;
  readonly checkRuns: Map<number, StoredCheckRun>;
  readonly deliveries: SimDelivery[];
  lastId: number;
};

export function emptyGitHub(): GitHubState {
  return {
    jobs: new Map(),
    runs: new Map(),
    runners: new Map(),
    checkRuns: new Map(),
    deliveries: [],
    lastId: 1000,
  };
}

export function jobFactsOf(job: SimJob): JobFacts {
  return {
    id: job.id,
    runId: job.run.id,
    runAttempt: job.attempt,
    name: job.name,
    workflowName: "CI",
    headSha: job.run.headSha,
    headBranch: "main",
    htmlUrl: `https://github.com/octo/${job.repository.name}/actions/runs/${job.run.id}/job/${job.id}`,
    labels: job.labels,
    status: job.status,
    conclusion: job.conclusion,
    runnerName: job.runnerName,
    createdAtMs: job.createdAtMs,
    startedAtMs: job.startedAtMs,
    completedAtMs: job.completedAtMs,
  };
}

/** `queued` until something of it starts, as GitHub shows it. */
export function runStatus(run: SimRun): string {
  if (run.completedAtMs !== undefined) return "completed";
  if (run.jobs.some((job) => job.status === "in_progress" || job.status === "completed")) return "in_progress";
  return run.jobs.every((job) => job.status === "waiting") ? "waiting" : "queued";
}
