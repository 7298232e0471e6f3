import type { Faults } from "../faults.ts";
import { githubContract } from "../openapi/validator.ts";
import { approveJobs, jobsForApproval } from "./actions/approve-jobs.ts";
import { cancelJob } from "./actions/cancel-job.ts";
import { cancelRun } from "./actions/cancel-run.ts";
import { push, type PushRequest } from "./actions/push.ts";
import { rerun, rerunProblem, type RerunScope } from "./actions/rerun.ts";
import { settle } from "./actions/settle.ts";
import { contributions, type Contributions } from "./contributions.ts";
import type { FakeGitHubEvent } from "./event.ts";
import { GITHUB_HABITS, type Habits } from "./habits.ts";
import { ids } from "./ids.ts";
import { GITHUB_LIMITS, type Limits } from "./limits.ts";
import { defaultGroup, type RunnerGroup } from "./organization-record.ts";
import { authenticator } from "./rest/authenticate.ts";
import type { RestDoors } from "./rest/answer-request.ts";
import { requestsUnderWay } from "./rest/requests-under-way.ts";
import { lapse } from "./runners/lapse.ts";
import { seededPick } from "./seeded-pick.ts";
import { listen, router } from "./server.ts";
import { emptyState, type Permissions, type RepositoryRecord, type State } from "./state.ts";
import { timers } from "./timers.ts";
import { GITHUB_TIMINGS, type Timings } from "./timings.ts";
import * as views from "./views.ts";
import { courier } from "./webhooks/courier.ts";
import { outbox } from "./webhooks/outbox.ts";
import { runOf, type World } from "./world.ts";

export type FakeGitHubOptions = {
  /** 0, the default: a free one. */
  readonly port?: number;
  readonly app: {
    readonly id: number;
    readonly slug: string;
    readonly publicKeyPem: string;
    readonly permissions: Permissions;
    readonly webhookSecret: string;
    readonly webhookUrl: string;
    /** Default: those of Mayfly's manifest. */
    readonly events?: readonly string[];
  };
  readonly faults: Faults;
  readonly timings?: Partial<Timings>;
  readonly limits?: Partial<Limits>;
  readonly habits?: Partial<Habits>;
  readonly onEvent?: (event: FakeGitHubEvent) => void;
  /** Chooses a runner for a job: an index below `count`. Default: seeded, the same in every run. */
  readonly pick?: (count: number) => number;
  /** Milliseconds since the epoch. */
  readonly now?: () => number;
};

/** A running stand-in for api.github.com with one App, and what a test or a demonstration does to it and asks of it. */
export type FakeGitHub = Contributions & {
  /** Base URL of its REST API. */
  readonly url: string;
  /**
   * Makes the account of this login an organisation's; every other one is a person's. Groups beside `Default`, 1, are
   * those given.
   */
  addOrganization(organization: { login: string; runnerGroups?: readonly RunnerGroup[] }): void;
  /** Installs the App on an account, for all repositories or for those named. */
  addInstallation(installation: { account: string; repositories?: readonly string[]; permissions?: Permissions }): {
    readonly id: number;
  };
  /** Commits the files and starts the workflows that the push triggers. */
  pushRepository(
    request: PushRequest,
  ): Promise<{ readonly repository: RepositoryRecord; readonly sha: string; readonly runs: views.RunView[] }>;
  cancelRun(runId: number): void;
  cancelJob(jobId: number): void;
  /** Gives the environment of this name a protection rule, in every repository: its jobs wait for an approval. */
  protect(environment: string): void;
  /** Approves every job of the run that waits for it. Throws when none does. */
  approve(runId: number): void;
  /**
   * What a person does with the button: by default all jobs, by whoever caused the run. Throws with GitHub's words when
   * it would refuse.
   */
  rerun(runId: number, scope?: RerunScope, actor?: string): void;
  runs(): views.RunView[];
  jobs(): views.JobView[];
  runners(): views.RunnerView[];
  /** Those of the App. */
  checkRuns(): views.CheckRunView[];
  /** Oldest first. */
  deliveries(): views.DeliveryView[];
  /** GitHub's log of a job. */
  jobLog(jobId: number): string;
  /** Answered REST requests by operation id. */
  calls(): Record<string, number>;
  /** Requests, answers and webhooks that break GitHub's API description. */
  violations(): string[];
  /** True when it will do nothing by itself: no delivery under way, no job handed out, running or on hosted runners. */
  idle(): boolean;
  close(): Promise<void>;
};

const ALL_EVENTS = ["workflow_job", "workflow_run", "push", "pull_request", "check_run", "check_suite"];

/** Starts a fake GitHub on 127.0.0.1. */
export async function startFakeGitHub(options: FakeGitHubOptions): Promise<FakeGitHub> {
  const now = options.now ?? Date.now;
  const timings = { ...GITHUB_TIMINGS, ...options.timings };
  const state = emptyState({ events: ALL_EVENTS, ...options.app, createdAtMs: now() });
  const contract = githubContract();
  const clockwork = timers();
  const post = courier(state.app, timings.deliveryTimeoutMs, now);
  const mail = outbox(post, contract, options.faults);
  const world: Omit<World, "url"> & { url: string } = {
    state,
    ids: ids(),
    timings,
    limits: { ...GITHUB_LIMITS, ...options.limits },
    habits: { ...GITHUB_HABITS, ...options.habits },
    now,
    pick: options.pick ?? seededPick(1),
    url: "",
    after: (ms, act) => clockwork.after(ms, act),
    send: (webhook) => mail.send(world, webhook),
    tell: (event) => options.onEvent?.(event),
  };
  const authenticate = authenticator();
  const doors: RestDoors = {
    contract,
    faults: options.faults,
    authenticate,
    underWay: requestsUnderWay(),
    redeliver: (delivery) => mail.redeliver(world, delivery),
  };
  const listening = await listen(options.port ?? 0, router(world, doors));
  world.url = listening.url;
  clockwork.every(lapsePeriodMs(timings), () => lapse(world));
  return {
    url: listening.url,
    ...deeds(world),
    ...contributions(world),
    ...questions(state),
    idle: () => mail.underWay() === 0 && !isWorking(state),
    async close() {
      clockwork.stop();
      post.close();
      await listening.close();
    },
  };
}

function deeds(world: World) {
  const { state } = world;
  return {
    addOrganization({ login, runnerGroups = [] }: Parameters<FakeGitHub["addOrganization"]>[0]) {
      state.organizations.set(login.toLowerCase(), { login, runnerGroups: [defaultGroup, ...runnerGroups] });
    },
    addInstallation({ account, repositories, permissions }: Parameters<FakeGitHub["addInstallation"]>[0]) {
      const id = world.ids.next("installation");
      const granted = grantable(world, account, permissions ?? state.app.permissions);
      state.installations.set(id, { id, account, repositories, permissions: granted, createdAtMs: world.now() });
      return { id };
    },
    async pushRepository(request: PushRequest) {
      const { repository, sha, runs } = await push(world, request);
      return { repository, sha, runs: runs.map(views.runView) };
    },
    cancelRun(runId: number) {
      cancelRun(world, runOf(world, { runId }));
    },
    cancelJob(jobId: number) {
      const job = state.jobs.get(jobId);
      if (job === undefined) throw new Error(`no job ${jobId}`);
      cancelJob(world, job);
      settle(world, runOf(world, job));
    },
    protect(environment: string) {
      state.protectedEnvironments.add(environment.toLowerCase());
    },
    approve(runId: number) {
      const run = runOf(world, { runId });
      const jobs = jobsForApproval(world, run);
      if (jobs.length === 0) throw new Error(`no job of run ${runId} waits for an approval`);
      approveJobs(world, run, jobs);
    },
    rerun(runId: number, scope: RerunScope = "all", actor?: string) {
      const run = runOf(world, { runId });
      const refusal = rerunProblem(world, run, scope);
      if (refusal !== undefined) throw new Error(refusal);
      rerun(world, run, scope, actor ?? run.actor);
    },
  };
}

/** Of a person's account nobody can grant what is an organisation's. */
function grantable({ state }: World, account: string, permissions: Permissions): Permissions {
  if (state.organizations.has(account.toLowerCase())) return permissions;
  return Object.fromEntries(Object.entries(permissions).filter(([name]) => !name.startsWith("organization_")));
}

function questions(state: State) {
  return {
    runs: () => [...state.runs.values()].map(views.runView),
    jobs: () => [...state.jobs.values()].map(views.jobView),
    runners: () => [...state.runners.values()].map(views.runnerView),
    checkRuns: () => [...state.checkRuns.values()].map(views.checkRunView),
    deliveries: () => state.deliveries.map(views.deliveryView),
    jobLog: (jobId: number) => state.jobs.get(jobId)?.log ?? "",
    calls: () => Object.fromEntries(state.calls),
    violations: () => [...state.violations],
  };
}

function isWorking(state: State): boolean {
  return [...state.jobs.values()].some(
    ({ status, onHosted, handedOutAtMs }) => status !== "completed" && (onHosted || handedOutAtMs !== undefined),
  );
}

/** Often enough that the shortest wait is kept to a quarter, never more than 20 times a second. */
function lapsePeriodMs(timings: Timings): number {
  const { idleRunnerRemovalMs, offlineRunnerRemovalMs, silentRunnerMs, pickUpMs, queueLimitMs, jobLockMs } = timings;
  const ofRunners = Math.min(idleRunnerRemovalMs, offlineRunnerRemovalMs, silentRunnerMs);
  const shortest = Math.min(ofRunners, pickUpMs, queueLimitMs, jobLockMs);
  return Math.min(1_000, Math.max(50, shortest / 4));
}
