import type { JobDefinition, Workflow } from "../workflow/definition.ts";
import type { Concurrency, ConcurrencyGroup, JobHolds } from "./concurrency.ts";
import type { OrganizationRecord } from "./organization-record.ts";
import type { PullRequestRecord } from "./pull-request-record.ts";
import type { AgreedManifest, RegisteredApp } from "./registered-app.ts";
import type { RepositoryRecord } from "./repository-record.ts";
import type { RunnerHome } from "./runners/runner-home.ts";

export type { Commit, RepositoryRecord } from "./repository-record.ts";

/** Everything the fake GitHub remembers. Transitions change it; nothing here knows of HTTP. Times are ms since the epoch. */
export type State = {
  /** The App that is installed and gets webhooks. */
  readonly app: AppRecord;
  /** Apps that were registered since, by id. */
  readonly registered: Map<number, RegisteredApp>;
  /** By the code that leads to their keys. */
  readonly manifestCodes: Map<string, AgreedManifest>;
  readonly installations: Map<number, InstallationRecord>;
  readonly users: Map<string, number>;
  /** Login in lower case → organisation; every other account is a person's. */
  readonly organizations: Map<string, OrganizationRecord>;
  readonly repositories: Map<number, RepositoryRecord>;
  /** `repository id#number` → pull request. */
  readonly pullRequests: Map<string, PullRequestRecord>;
  readonly tokens: Map<string, TokenRecord>;
  readonly runs: Map<number, RunRecord>;
  readonly jobs: Map<number, JobRecord>;
  /** Registered runners; a deleted one is gone from here, its access token stays known. */
  readonly runners: Map<number, RunnerRecord>;
  readonly runnerTokens: Map<string, number>;
  readonly checkRuns: Map<number, CheckRunRecord>;
  readonly checkSuites: Map<string, number>;
  /** Oldest first. */
  readonly deliveries: DeliveryRecord[];
  readonly buckets: Map<string, RateBucket>;
  readonly calls: Map<string, number>;
  readonly violations: string[];
  /** Names in lower case of environments whose jobs wait for an approval, in every repository. */
  readonly protectedEnvironments: Set<string>;
  /** `repository id#name` → id. */
  readonly environments: Map<string, number>;
  /** `repository id#name in lower case` → who is in it; empty groups are gone. */
  readonly groups: Map<string, ConcurrencyGroup>;
};

export type Permissions = Readonly<Record<string, string>>;

export type AppRecord = {
  readonly id: number;
  readonly slug: string;
  readonly publicKeyPem: string;
  readonly permissions: Permissions;
  readonly events: readonly string[];
  webhookSecret: string;
  webhookUrl: string;
  readonly createdAtMs: number;
};

export type InstallationRecord = {
  readonly id: number;
  readonly account: string;
  /** Names of the selected repositories, or undefined for all of the account's. */
  readonly repositories: readonly string[] | undefined;
  readonly permissions: Permissions;
  readonly createdAtMs: number;
};

export type TokenRecord = {
  readonly installationId: number;
  /** Undefined: every repository of the installation. */
  readonly repositoryIds: readonly number[] | undefined;
  readonly permissions: Permissions;
  readonly expiresAtMs: number;
};

export type Conclusion = "success" | "failure" | "cancelled" | "skipped" | "startup_failure";

export type RunRecord = {
  readonly id: number;
  readonly repositoryId: number;
  /** From 1; each re-run is one more. */
  attempt: number;
  readonly number: number;
  readonly workflowId: number;
  readonly checkSuiteId: number;
  readonly name: string;
  readonly path: string;
  readonly event: string;
  readonly eventPayload: Record<string, unknown>;
  /** What its jobs work on, and what the workflow file was read from. */
  readonly ref: string;
  readonly sha: string;
  /** What it is shown with. The repository may be a fork, and gone. */
  readonly headSha: string;
  readonly headBranch: string;
  readonly headRepositoryId: number;
  readonly pullRequest: PullRequestRecord | undefined;
  readonly actor: string;
  /** Who asked for the attempt that runs now. */
  triggeringActor: string;
  readonly title: string;
  readonly workflow: Workflow | undefined;
  /** Of the workflow as a whole. */
  concurrency: Concurrency | undefined;
  /** Job key → what its jobs may have to wait for. */
  readonly holds: ReadonlyMap<string, JobHolds>;
  /** Why the run could not start, as its author reads it. */
  readonly errors: readonly string[];
  /** `pending`: its concurrency group holds it back as a whole. `waiting`: nothing goes on before an approval. */
  status: "queued" | "in_progress" | "completed" | "pending" | "waiting";
  conclusion: Conclusion | null;
  cancelling: boolean;
  /** A job of this attempt has started. */
  begun: boolean;
  /** Job key → ids of the jobs that it became in this attempt; absent while its needs are not done. */
  jobIds: Map<string, readonly number[]>;
  /** Job key → ids of jobs of earlier attempts that stay, while others of the same key run once more. */
  carried: ReadonlyMap<string, readonly number[]>;
  /** Jobs of the attempts before this one, the first attempt first. */
  readonly earlierAttempts: (readonly number[])[];
  /** Names of jobs that were approved once: a re-run of failed jobs does not ask again. */
  readonly approvedJobs: Set<string>;
  readonly createdAtMs: number;
  /** When this attempt began. */
  startedAtMs: number;
  updatedAtMs: number;
};

export type StepRecord = {
  readonly number: number;
  readonly name: string;
  readonly status: "queued" | "in_progress" | "completed";
  readonly conclusion: string | null;
  readonly started_at: string | null;
  readonly completed_at: string | null;
};

export type JobAnnotation = { readonly level: "notice" | "warning" | "failure"; readonly message: string };

export type Strategy = {
  readonly "fail-fast": boolean;
  readonly "job-index": number;
  readonly "job-total": number;
  readonly "max-parallel": number;
};

export type JobRecord = {
  readonly id: number;
  readonly runId: number;
  /** The attempt that it was made in; later ones may carry it on. */
  readonly attempt: number;
  readonly repositoryId: number;
  readonly key: string;
  readonly definition: JobDefinition;
  readonly name: string;
  readonly labels: readonly string[];
  readonly group: string | undefined;
  /** Run by GitHub itself: the fake ends it without executing anything. */
  readonly hosted: boolean;
  /** Its turn on GitHub's own runners has come. */
  onHosted: boolean;
  readonly matrix: Readonly<Record<string, unknown>> | null;
  readonly strategy: Strategy;
  readonly continueOnError: boolean;
  readonly concurrency: Concurrency | undefined;
  readonly deployment: DeploymentRecord | undefined;
  /** `pending`: its concurrency group holds it back. `waiting`: for an approval. Neither is handed to a runner. */
  status: "queued" | "in_progress" | "completed" | "pending" | "waiting";
  conclusion: Exclude<Conclusion, "startup_failure"> | null;
  /** The runner that was handed the job; also before the job has started. */
  runnerId: number | null;
  runnerName: string | null;
  runnerGroupId: number | null;
  runnerGroupName: string | null;
  cancelRequested: boolean;
  steps: readonly StepRecord[];
  outputs: Readonly<Record<string, string>>;
  annotations: readonly JobAnnotation[];
  log: string;
  /** Its runner has ended it: only then GitHub keeps a log. */
  keepsLog: boolean;
  readonly createdAtMs: number;
  /** Since when it waits for nothing but a runner. */
  awaitsRunnerSinceMs: number;
  handedOutAtMs: number | undefined;
  renewedAtMs: number | undefined;
  startedAtMs: number | undefined;
  completedAtMs: number | undefined;
};

/** What GitHub makes of a job with an `environment:`. */
export type DeploymentRecord = { readonly id: number; readonly environment: string };

export type RunnerRecord = {
  readonly id: number;
  readonly home: RunnerHome;
  readonly name: string;
  readonly labels: readonly string[];
  readonly accessToken: string;
  readonly registeredAtMs: number;
  status: "online" | "offline";
  os: string;
  /** The job that it was handed; a runner is busy from then on. */
  jobId: number | undefined;
  /** When it was last heard of, or registered. */
  seenAtMs: number;
  onlineSinceMs: number | undefined;
  /** The long poll that waits for a message now. */
  poll: ((answer: "message" | "gone" | "nothing") => void) | undefined;
};

export type CheckAnnotation = {
  readonly path: string;
  readonly start_line: number;
  readonly end_line: number;
  readonly start_column: number | null;
  readonly end_column: number | null;
  readonly annotation_level: string;
  readonly title: string | null;
  readonly message: string;
  readonly raw_details: string | null;
};

export type CheckRunRecord = {
  readonly id: number;
  readonly repositoryId: number;
  readonly headSha: string;
  readonly checkSuiteId: number;
  name: string;
  externalId: string;
  detailsUrl: string | undefined;
  status: "queued" | "in_progress" | "completed";
  conclusion: string | null;
  startedAtMs: number;
  completedAtMs: number | undefined;
  title: string | null;
  summary: string | null;
  text: string | null;
  readonly annotations: CheckAnnotation[];
};

export type DeliveryRecord = {
  /** Above 2^53, as GitHub's are. */
  readonly id: bigint;
  readonly guid: string;
  readonly event: string;
  readonly action: string | null;
  readonly installationId: number;
  readonly repositoryId: number | null;
  readonly redelivery: boolean;
  readonly deliveredAtMs: number;
  /** Empty until it has been signed. */
  requestHeaders: Readonly<Record<string, string>>;
  readonly payload: string;
  /** Undefined while it is under way. */
  outcome: DeliveryOutcome | undefined;
};

export type DeliveryOutcome = {
  readonly status: string;
  readonly statusCode: number;
  readonly durationMs: number;
  readonly responseHeaders: Readonly<Record<string, string>>;
  readonly responseBody: string;
};

export type RateBucket = { used: number; resetAtMs: number };

/** A GitHub with one App and nothing else. */
export function emptyState(app: AppRecord): State {
  return {
    app,
    registered: new Map(),
    manifestCodes: new Map(),
    installations: new Map(),
    users: new Map(),
    organizations: new Map(),
    repositories: new Map(),
    pullRequests: new Map(),
    tokens: new Map(),
    runs: new Map(),
    jobs: new Map(),
    runners: new Map(),
    runnerTokens: new Map(),
    checkRuns: new Map(),
    checkSuites: new Map(),
    deliveries: [],
    buckets: new Map(),
    calls: new Map(),
    violations: [],
    protectedEnvironments: new Set(),
    environments: new Map(),
    groups: new Map(),
  };
}
