import type { ComputeProvider, Rate } from "./compute-provider.ts";
import type { Execution } from "./model/execution.ts";
import type { Job } from "./model/job.ts";
import type { JobFacts, Message } from "./model/message.ts";
import type { Pool } from "./model/pool.ts";
import type { Repository } from "./model/repository.ts";
import type { RepositoryFile } from "./model/repository-file.ts";
import type { Run } from "./model/run.ts";
import type { Runner } from "./model/runner.ts";
import type { ServedRepository } from "./model/served-repository.ts";

export type * from "./compute-provider.ts";
export type { JobFacts, Message } from "./model/message.ts";

/** Everything the core may touch. Each method rejects with a `CallError` only (see errors/call-error.ts). */
export type Ports = {
  readonly clock: Clock;
  readonly random: Random;
  readonly signer: Signer;
  readonly log: Log;
  readonly store: Store;
  readonly queue: Queue;
  readonly github: GitHub;
  readonly compute: Partial<Record<Execution, ComputeProvider>>;
  readonly workflows: WorkflowReader;
  readonly yaml: YamlReader;
};

export type Clock = {
  /** Milliseconds since the epoch. */
  nowMs(): number;
};

export type Random = {
  /** A number from 0 up to, not including, 1. For jitter only, never for secrets. */
  next(): number;
};

export type Signer = {
  /** Keyed digest (HMAC-SHA256 with the host key) of `text`, as lower-case hex. The same text gives the same digest. */
  sign(text: string): string;
  /** Compares two strings in constant time. */
  equal(left: string, right: string): boolean;
};

/** Structured log. `facts` never holds a secret; adapters redact what looks like one all the same. */
export type Log = {
  debug(message: string, facts?: Record<string, unknown>): void;
  info(message: string, facts?: Record<string, unknown>): void;
  warn(message: string, facts?: Record<string, unknown>): void;
  error(message: string, facts?: Record<string, unknown>): void;
};

// ---------------------------------------------------------------- store

/**
 * Records that change by conditional write only, one record at a time, so that single-item writes of any database
 * will do. Reads by key are strongly consistent; lists may lag behind writes by a few seconds.
 */
export type Store = {
  readonly jobs: Table<Job>;
  readonly runners: Table<Runner>;
  readonly pools: Table<Pool>;
  readonly runs: Table<Run>;
  readonly slots: Slots;
  readonly leases: Leases;
  readonly cursors: Cursors;
  readonly rates: Rates;
  readonly files: Table<RepositoryFile>;
  readonly repositories: Table<ServedRepository>;
};

export type Table<T extends { readonly version: number }> = {
  read(key: string): Promise<T | undefined>;
  /**
   * Writes `record` if the stored version is `record.version - 1` (version 1: if there is no record yet).
   * False when somebody else was first; nothing has changed then.
   */
  write(record: T): Promise<boolean>;
  /** Records of a sparse index, in its sort order, at most `limit` (default 1,000). */
  list(query: ListQuery): Promise<T[]>;
};

export type ListQuery = {
  /** Name of an index of model/indexes.ts. */
  readonly index: string;
  /** Partition of the index. */
  readonly key: string;
  /** Only entries whose sort value is less than or equal to this one. */
  readonly upTo?: string | undefined;
  readonly limit?: number | undefined;
};

/** Running machines counted against caps: set elements with an expiry, never counters. */
export type Slots = {
  /**
   * Puts `runner` into `scope` if it is there already (its expiry moves) or if fewer than `cap` unexpired others are.
   * False: full. Idempotent.
   */
  take(scope: string, runner: string, cap: number, expiresAtMs: number): Promise<boolean>;
  /** Takes `runner` out of `scope`; nothing happens when it is not there. Idempotent. */
  free(scope: string, runner: string): Promise<void>;
  /** Names with an unexpired slot in `scope`. */
  list(scope: string): Promise<string[]>;
};

export type Leases = {
  /** True when `owner` holds `name` until `untilMs` now: it was free, expired, or held by the same owner. */
  take(name: string, owner: string, untilMs: number): Promise<boolean>;
  free(name: string, owner: string): Promise<void>;
};

/** Small facts that outlive a process, for example how far sweep has read. Last writer wins. */
export type Cursors = {
  read(name: string): Promise<string | undefined>;
  write(name: string, value: string): Promise<void>;
};

/** Calls that must keep to a rate, whichever process makes them. */
export type Rates = {
  /**
   * Reserves the next call of `name`: resolves with the time at which it may be made (now or earlier: at once), in
   * milliseconds since the epoch. Reservations are never given back.
   */
  reserve(name: string, rate: Rate): Promise<number>;
  /** The other side takes none of these calls before `untilMs`: reservations from now on are later than that. */
  holdUntil(name: string, rate: Rate, untilMs: number): Promise<void>;
};

// ---------------------------------------------------------------- queue

/** At least once, in no order, delays of at most 900 s. */
export type Queue = {
  /** Resolves when every message is kept. `group` is a fairness hint (the repository id). */
  send(messages: readonly QueueEntry[]): Promise<void>;
};

export type QueueEntry = {
  readonly message: Message;
  readonly group: string;
  readonly delaySeconds?: number | undefined;
};

/** What a host does with a message after `onMessage`: nothing in the core sleeps or retries by itself. */
export type Verdict =
  | { readonly outcome: "done" }
  | { readonly outcome: "again"; readonly afterSeconds: number; readonly reason: string }
  | { readonly outcome: "dead-letter"; readonly reason: string };

// ---------------------------------------------------------------- GitHub

export type RegisteredRunner = {
  readonly id: number;
  readonly name: string;
  readonly status: "online" | "offline";
  readonly busy: boolean;
};

export type RunFacts = {
  readonly id: number;
  readonly runAttempt: number;
  readonly status: string;
  readonly conclusion: string | undefined;
  /** Path of the workflow file, without the `@ref` that GitHub may add. */
  readonly path: string;
  readonly event: string;
};

export type Annotation = {
  readonly path: string;
  readonly startLine: number;
  readonly endLine: number;
  readonly level: "notice" | "warning" | "failure";
  readonly title: string;
  readonly message: string;
};

export type CheckRun = {
  readonly name: string;
  readonly headSha: string;
  readonly externalId: string;
  readonly status: "queued" | "in_progress" | "completed";
  readonly conclusion: "success" | "neutral" | "failure" | undefined;
  readonly title: string;
  readonly summary: string;
  readonly text: string | undefined;
  /** At most 50: GitHub appends them to those it has. */
  readonly annotations: readonly Annotation[];
};

export type Delivery = {
  /** May exceed 2^53, hence text. */
  readonly id: string;
  readonly guid: string;
  readonly deliveredAtMs: number;
  readonly ok: boolean;
  readonly event: string;
  readonly action: string | undefined;
  readonly installationId: number | undefined;
};

/** GitHub as the App sees it, with an installation token narrowed to the repository and to what the call needs. */
export type GitHub = {
  /**
   * Registers a just-in-time runner. Never retried inside: a `lost-reply` may have registered it, a second try with
   * the same name is a `conflict`.
   */
  mintJitConfig(
    repository: Repository,
    runner: { readonly name: string; readonly labels: readonly string[] },
  ): Promise<{ readonly runnerId: number; readonly jitConfig: string }>;
  findRunner(repository: Repository, name: string): Promise<RegisteredRunner | undefined>;
  /** `busy`: it runs a job and was left alone. `absent`: there was none. */
  deleteRunner(repository: Repository, runnerId: number): Promise<"deleted" | "busy" | "absent">;
  /** Undefined when GitHub knows no such job (404). */
  readJob(repository: Repository, jobId: number): Promise<JobFacts | undefined>;
  readRun(repository: Repository, runId: number): Promise<RunFacts | undefined>;
  /** The newest runs of the repository in this state, at most 100. */
  listRuns(repository: Repository, status: "queued" | "in_progress"): Promise<RunFacts[]>;
  /** Jobs of the run's latest attempt, 100 a page, `page` from 1; `next`: the number of the page that follows. */
  listJobs(
    repository: Repository,
    runId: number,
    page: number,
  ): Promise<{ jobs: JobFacts[]; next: number | undefined }>;
  /**
   * Runs failed jobs of a run that has ended once more, in a new attempt: the one job, or all that failed. GitHub
   * refuses with `conflict` as long as the attempt goes on, or when it runs again already.
   */
  rerunFailed(repository: Repository, runId: number, jobId: number | undefined): Promise<void>;
  /** Text of a file at a commit, or on the default branch without `ref`; undefined when there is none. */
  readFile(repository: Repository, path: string, ref?: string): Promise<string | undefined>;
  createCheckRun(repository: Repository, checkRun: CheckRun): Promise<{ readonly id: number }>;
  updateCheckRun(repository: Repository, id: number, checkRun: CheckRun): Promise<void>;
  /** Our check run of that commit, name and external id, with the number of annotations that it has. */
  findCheckRun(
    repository: Repository,
    checkRun: Pick<CheckRun, "name" | "headSha" | "externalId">,
  ): Promise<{ readonly id: number; readonly annotations: number } | undefined>;
  /** Deliveries of the App's webhook, newest first, one page; `cursor` continues an earlier page. */
  listDeliveries(cursor: string | undefined): Promise<{ deliveries: Delivery[]; next: string | undefined }>;
  /** The payload of a delivery, as GitHub sent it. */
  readDelivery(id: string): Promise<{ readonly event: string; readonly guid: string; readonly payload: unknown }>;
};

/** Finds jobs in a workflow file. */
export type WorkflowReader = {
  /** Jobs of a workflow file with the line (1-based) on which each job's key stands; empty when it cannot be read. */
  jobs(path: string, text: string): Promise<WorkflowJob[]>;
};

export type WorkflowJob = {
  readonly key: string;
  readonly line: number;
  /** The `name:` as written (may hold `${{ }}`), undefined when there is none. */
  readonly name: string | undefined;
};

/** Reads YAML 1.2 without ever throwing. */
export type YamlReader = { read(text: string): YamlDocument };

/** Position in a text, 1-based; columns count UTF-16 units as editors do. */
export type Position = { readonly line: number; readonly column: number };

/** A piece of a text: from its first character to behind its last one. */
export type Range = Position & { readonly endLine: number; readonly endColumn: number };

export type YamlDocument = {
  /** Plain objects, arrays and scalars; undefined when the text is empty or cannot be read. */
  readonly value: unknown;
  /** What is wrong with the text itself, in its order. */
  readonly problems: readonly (Range & { readonly message: string })[];
  /** Where the key (or, for `value`, its value) at this path stands; the document's start when there is none. */
  rangeOf(path: readonly (string | number)[], part: "key" | "value"): Range;
};
