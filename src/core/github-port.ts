import type { JobFacts } from "./model/message.ts";
import type { Repository } from "./model/repository.ts";

export type RegisteredRunner = {
  readonly id: number;
  readonly name: string;
  readonly status: "online" | "offline";
  readonly busy: boolean;
};

/** Where a runner is registered: in a repository, or in a runner group of its owner, an organisation. */
export type RunnerScope = {
  readonly repository: Repository;
  /** Undefined: it is the repository's. */
  readonly organizationRunnerGroup?: number | undefined;
};

export type RunFacts = {
  readonly id: number;
  readonly runAttempt: number;
  readonly status: string;
  readonly conclusion: string | undefined;
  /** Path of the workflow file, without the `@ref` that GitHub may add. */
  readonly path: string;
  readonly event: string;
  readonly headBranch: string | undefined;
  /** Where the run's code comes from; undefined when that repository is gone. */
  readonly headRepository: { readonly id: number; readonly fullName: string } | undefined;
  /** Who caused the run, and who (re-)started this attempt of it. */
  readonly actor: string | undefined;
  readonly triggeringActor: string | undefined;
};

/** One entry of a folder. */
export type FileEntry = { readonly path: string; readonly sha: string; readonly bytes: number };

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
    scope: RunnerScope,
    runner: { readonly name: string; readonly labels: readonly string[] },
  ): Promise<{ readonly runnerId: number; readonly jitConfig: string }>;
  findRunner(scope: RunnerScope, name: string): Promise<RegisteredRunner | undefined>;
  /** `busy`: it runs a job and was left alone. `absent`: there was none. */
  deleteRunner(scope: RunnerScope, runnerId: number): Promise<"deleted" | "busy" | "absent">;
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
  /** Asks GitHub to cancel a run. `conflict`: it has ended already. */
  cancelRun(repository: Repository, runId: number): Promise<void>;
  /** True when the person (or App) may write to the repository. */
  mayWrite(repository: Repository, login: string): Promise<boolean>;
  /** The end of the log of a job that has ended, at most 256 KiB of text; undefined when GitHub has none (any more). */
  readJobLog(repository: Repository, jobId: number): Promise<string | undefined>;
  /** Text of a file at a commit, or on the default branch without `ref`; undefined when there is none. */
  readFile(repository: Repository, path: string, ref?: string): Promise<string | undefined>;
  /** Files of a folder of the default branch, folders in it left out; undefined when there is no such folder. */
  listFiles(repository: Repository, path: string): Promise<FileEntry[] | undefined>;
  /**
   * The text of a file of the default branch of another repository of the same owner, when the installation may read
   * it; undefined when it may not, or there is no such repository or file.
   */
  readOwnersFile(repository: Repository, name: string, path: string): Promise<string | undefined>;
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
