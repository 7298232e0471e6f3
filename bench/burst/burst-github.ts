import type { GitHub, JobFacts } from "../../src/core/ports.ts";
import type { WebhookDelivery } from "../../src/core/pipeline/intake.ts";
import { jobPayload, runPayload } from "../../test/helpers/webhook-payloads.ts";
import type { SkippingClock } from "./skipping-clock.ts";

/** Runs of a burst have at most as many jobs as half a matrix; GitHub allows 256. */
const jobsPerRun = 128;

type Registered = { readonly id: number; readonly name: string; jobId: number | undefined };
type StoredCheckRun = { readonly externalId: string; readonly annotations: number; readonly status: string };

export type BurstGitHub = {
  readonly port: GitHub;
  /** Queues so many jobs at once: all deliveries are on their way together, as GitHub sends those of a big matrix. */
  queueJobs(count: number): Promise<void>;
  /**
   * The machine's runner listens. `mayRun` is its hook, called before the job's first step; no job of a burst is refused.
   * Resolves with what it ran, undefined when there was nothing to run for it.
   */
  listen(
    runnerName: string,
    mayRun: (job: Pick<JobFacts, "runId" | "runAttempt">) => Promise<boolean>,
  ): Promise<"job-succeeded" | undefined>;
  /** Milliseconds from the burst to the `in_progress` of each job. */
  readonly startedMs: readonly number[];
  /** True when every job has ended, every run has its final check run and no runner is registered any more. */
  isQuiet(): boolean;
};

/** From `in_progress` to the runner's hook: it starts its worker and gets the actions that the job uses. */
const setUpSeconds = 2;

/** GitHub in this process: gives the oldest queued job to whoever listens and tells about it as webhooks do. */
export function burstGitHub(
  clock: SkippingClock,
  { label, jobSeconds }: { readonly label: string; readonly jobSeconds: number },
  deliver: (delivery: WebhookDelivery) => Promise<unknown>,
): BurstGitHub {
  const jobs = new Map<number, JobFacts>();
  const waiting: number[] = [];
  const runners = new Map<number, Registered>();
  const checkRuns = new Map<number, StoredCheckRun>();
  const runs = new Map<number, number>();
  const startedMs: number[] = [];
  let lastId = 1000;
  let queuedAtMs = 0;
  const nextId = (): number => (lastId += 1);
  const tell = async (event: string, payload: unknown): Promise<void> => {
    await deliver({ id: `delivery-${nextId()}`, event, payload });
  };
  const finish = async (job: JobFacts): Promise<void> => {
    const completed = { ...job, status: "completed", conclusion: "success", completedAtMs: clock.nowMs() };
    jobs.set(job.id, completed);
    await tell("workflow_job", jobPayload("completed", completed));
    const left = (runs.get(job.runId) ?? 0) - 1;
    runs.set(job.runId, left);
    if (left === 0) await tell("workflow_run", runPayload(job.runId));
  };
  return {
    port: githubPort({ jobs, runners, checkRuns, nextId }),
    startedMs,
    isQuiet: () =>
      [...jobs.values()].every((job) => job.status === "completed") &&
      [...checkRuns.values()].filter(({ status }) => status === "completed").length === runs.size &&
      runners.size === 0,
    async queueJobs(count) {
      queuedAtMs = clock.nowMs();
      for (let index = 0; index < count; index += 1) {
        const runId = 900 + Math.floor(index / jobsPerRun);
        const job = queuedJob(nextId(), runId, label, queuedAtMs);
        jobs.set(job.id, job);
        waiting.push(job.id);
        runs.set(runId, (runs.get(runId) ?? 0) + 1);
      }
      const queued = [...jobs.values()];
      await Promise.all(queued.map((job) => tell("workflow_job", jobPayload("queued", job))));
    },
    async listen(runnerName, mayRun) {
      const runner = [...runners.values()].find(({ name }) => name === runnerName);
      const id = runner === undefined ? undefined : waiting.shift();
      const job = id === undefined ? undefined : jobs.get(id);
      if (runner === undefined || job === undefined) return undefined;
      runner.jobId = job.id;
      const running = { ...job, status: "in_progress", runnerName, startedAtMs: clock.nowMs() };
      jobs.set(job.id, running);
      startedMs.push(clock.nowMs() - queuedAtMs);
      await tell("workflow_job", jobPayload("in_progress", running));
      await clock.sleep(setUpSeconds * 1000);
      if (!(await mayRun(running))) throw new Error(`job ${job.id} was refused before its first step`);
      await clock.sleep(jobSeconds * 1000);
      runners.delete(runner.id);
      await finish(running);
      return "job-succeeded";
    },
  };
}

type State = {
  readonly jobs: ReadonlyMap<number, JobFacts>;
  readonly runners: Map<number, Registered>;
  readonly checkRuns: Map<number, StoredCheckRun>;
  readonly nextId: () => number;
};

function githubPort({ jobs, runners, checkRuns, nextId }: State): GitHub {
  return {
    async mintJitConfig(_, { name }) {
      const id = nextId();
      runners.set(id, { id, name, jobId: undefined });
      return { runnerId: id, jitConfig: "x".repeat(4300) };
    },
    async findRunner(_, name) {
      const found = [...runners.values()].find((runner) => runner.name === name);
      return found && { id: found.id, name, status: "online", busy: found.jobId !== undefined };
    },
    async deleteRunner(_, id) {
      if (runners.get(id)?.jobId !== undefined) return "busy";
      return runners.delete(id) ? "deleted" : "absent";
    },
    readJob: async (_, id) => jobs.get(id),
    readRun: async (_, id) => ({ id, ...runOfBurst, status: "in_progress" }),
    // GitHub calls a run with a queued job `in_progress` once another job of it has begun.
    listRuns: async (_, status) =>
      [...new Set([...jobs.values()].map(({ runId }) => runId))]
        .filter((runId) => runStatus([...jobs.values()].filter((job) => job.runId === runId)) === status)
        .map((id) => ({ id, ...runOfBurst, status })),
    async listJobs(_, runId, page) {
      const all = [...jobs.values()].filter((job) => job.runId === runId);
      return { jobs: all.slice((page - 1) * 100, page * 100), next: all.length > page * 100 ? page + 1 : undefined };
    },
    rerunFailed: async () => {
      throw new Error("no machine of a burst is ever lost");
    },
    cancelRun: async () => {
      throw new Error("no run of a burst is anybody's who is not trusted");
    },
    mayWrite: async () => true,
    readJobLog: async () => undefined,
    listFiles: async () => [],
    readOwnersFile: async () => undefined,
    readFile: async (_, path) => (path.endsWith("ci.yml") ? "jobs: {}" : undefined),
    async createCheckRun(_, { externalId, annotations, status }) {
      const id = nextId();
      checkRuns.set(id, { externalId, annotations: annotations.length, status });
      return { id };
    },
    async updateCheckRun(_, id, { externalId, annotations, status }) {
      const before = checkRuns.get(id)?.annotations ?? 0;
      checkRuns.set(id, { externalId, annotations: before + annotations.length, status });
    },
    async findCheckRun(_, { externalId }) {
      const found = [...checkRuns].find(([, checkRun]) => checkRun.externalId === externalId);
      return found && { id: found[0], annotations: found[1].annotations };
    },
    listDeliveries: async () => ({ deliveries: [], next: undefined }),
    readDelivery: async () => {
      throw new Error("no delivery of a burst ever fails");
    },
  };
}

const runOfBurst = {
  runAttempt: 1,
  conclusion: undefined,
  path: ".github/workflows/ci.yml",
  event: "push",
  headBranch: "main",
  headRepository: { id: 71, fullName: "octo/demo" },
  actor: "octocat",
  triggeringActor: "octocat",
} as const;

function runStatus(jobs: readonly JobFacts[]): string {
  if (jobs.every(({ status }) => status === "queued")) return "queued";
  return jobs.every(({ status }) => status === "completed") ? "completed" : "in_progress";
}

function queuedJob(id: number, runId: number, label: string, createdAtMs: number): JobFacts {
  return {
    id,
    runId,
    runAttempt: 1,
    name: `test (${id})`,
    workflowName: "CI",
    headSha: "a".repeat(40),
    headBranch: "main",
    htmlUrl: `https://github.com/octo/demo/actions/runs/${runId}/job/${id}`,
    labels: [label],
    status: "queued",
    conclusion: undefined,
    runnerName: undefined,
    createdAtMs,
    startedAtMs: undefined,
    completedAtMs: undefined,
  };
}
