import type { CheckRun, Delivery, GitHub, JobFacts, RunFacts, RunnerScope } from "../../../src/core/ports.ts";
import { CallError } from "../../../src/core/errors/call-error.ts";
import type { Repository } from "../../../src/core/model/repository.ts";
import { jobFacts } from "../records.ts";
import { faultPlan } from "./faults.ts";
import type { FaultPlan } from "./faults.ts";
import { repositoryOf, runFacts, runsPort } from "./runs.ts";

export type WorldRunner = {
  id: number;
  name: string;
  labels: readonly string[];
  /** Undefined: the usual repository's. Groups of an organisation are open to all of its repositories. */
  scope?: RunnerScope;
  online: boolean;
  jobId: number | undefined;
};
type StoredCheckRun = CheckRun & { readonly id: number };
type StoredDelivery = Delivery & { readonly payload: unknown };

/** GitHub behind its port, as small as the core's tests need it: jobs, runners, its assignment rule, deliveries. */
export type WorldGitHub = {
  readonly port: GitHub;
  readonly faults: FaultPlan;
  readonly jobs: Map<number, JobFacts>;
  /** Jobs of another repository than the usual one. */
  readonly elsewhere: Map<number, Repository>;
  readonly runners: Map<number, WorldRunner>;
  readonly checkRuns: Map<number, StoredCheckRun>;
  readonly deliveries: StoredDelivery[];
  /** Runs that have ended: `completed`. The state of every other run follows from its jobs. */
  readonly runStatus: Map<number, string>;
  /** Jobs of new attempts whose `queued` has not been delivered yet. */
  readonly unannounced: JobFacts[];
  /** Who may write to the repository, and whose a run is where that is not the octocat. */
  readonly people: { readonly writers: Set<string>; readonly runs: Map<number, Partial<RunFacts>> };
  /** Logs of jobs. */
  readonly logs: Map<number, string>;
  /** Of the default branch, and of every commit; `NAME:PATH` of another repository of the owner. */
  readonly files: Map<string, string>;
  addJob(changes?: Partial<JobFacts>): JobFacts;
  /** Gives queued jobs to idle online runners whose labels contain theirs; `pick` chooses among them. */
  assign(nowMs: number, pick: (count: number) => number): { job: JobFacts; runner: WorldRunner }[];
  finish(jobId: number, conclusion: string, nowMs: number): JobFacts;
};

export function worldGitHub(): WorldGitHub {
  const faults = faultPlan("github");
  const jobs = new Map<number, JobFacts>();
  const elsewhere = new Map<number, Repository>();
  const runners = new Map<number, WorldRunner>();
  const checkRuns = new Map<number, StoredCheckRun>();
  const deliveries: StoredDelivery[] = [];
  const runStatus = new Map<number, string>();
  const unannounced: JobFacts[] = [];
  const people = { writers: new Set(["octocat"]), runs: new Map<number, Partial<RunFacts>>() };
  const logs = new Map<number, string>();
  const files = new Map([[".github/workflows/ci.yml", "jobs: {}"]]);
  let lastId = 1000;
  const nextId = (): number => (lastId += 1);
  const call = async <T>(operation: string, effect: () => T): Promise<T> => faults.around(operation, effect);
  const fail = (operation: string, kind: "conflict" | "not-found"): never => {
    throw new CallError({ service: "github", operation, kind, message: kind });
  };
  const port: GitHub = {
    mintJitConfig: (scope, { name, labels }) =>
      call("generate-jitconfig", () => {
        if ([...runners.values()].some((runner) => runner.name === name)) fail("generate-jitconfig", "conflict");
        const id = nextId();
        runners.set(id, { id, name, labels, scope, online: false, jobId: undefined });
        return { runnerId: id, jitConfig: `secret-jit-${id}` };
      }),
    findRunner: (_, name) =>
      call("list-runners", () => {
        const found = [...runners.values()].find((runner) => runner.name === name);
        if (found === undefined) return undefined;
        return { id: found.id, name, status: found.online ? "online" : "offline", busy: found.jobId !== undefined };
      }),
    deleteRunner: (_, id) =>
      call("delete-runner", () => {
        const runner = runners.get(id);
        if (runner === undefined) return "absent";
        if (runner.jobId !== undefined) return "busy";
        runners.delete(id);
        return "deleted";
      }),
    readJob: (of, id) =>
      call("get-job", () => (repositoryOf({ elsewhere }, id).id === of.id ? jobs.get(id) : undefined)),
    readRun: (of, id) =>
      call("get-run", () => ({
        ...runFacts({ jobs, runStatus }, id),
        headRepository: { id: of.id, fullName: `${of.owner}/${of.name}` },
        ...people.runs.get(id),
      })),
    mayWrite: (_, login) => call("get-permission", () => people.writers.has(login)),
    readJobLog: (_, id) => call("get-log", () => logs.get(id)),
    listFiles: (_, path) =>
      call("list-files", () => {
        const inside = [...files].filter(([name]) => name.startsWith(`${path}/`));
        return inside.map(([name, text]) => ({ path: name, sha: text, bytes: text.length }));
      }),
    readOwnersFile: (_, name, path) => call("get-owners-content", () => files.get(`${name}:${path}`)),
    ...runsPort({ jobs, elsewhere, runStatus, unannounced, nextId, call }),
    readFile: (of, path) => call("get-content", () => files.get(`${of.name}:${path}`) ?? files.get(path)),
    createCheckRun: (_, checkRun) =>
      call("create-check-run", () => {
        const id = nextId();
        checkRuns.set(id, { ...checkRun, id });
        return { id };
      }),
    updateCheckRun: (_, id, checkRun) =>
      call("update-check-run", () => {
        const before = checkRuns.get(id) ?? fail("update-check-run", "not-found");
        const annotations = [...before.annotations, ...checkRun.annotations];
        checkRuns.set(id, { ...checkRun, id, annotations });
      }),
    findCheckRun: (_, wanted) =>
      call("list-check-runs", () => {
        const found = [...checkRuns.values()].find((one) => one.externalId === wanted.externalId);
        return found && { id: found.id, annotations: found.annotations.length };
      }),
    listDeliveries: (cursor) =>
      call("list-deliveries", () => {
        const newestFirst = deliveries.toReversed();
        // As at GitHub, the cursor is the delivery where the page begins, however many have come since.
        const from = cursor === undefined ? 0 : newestFirst.findIndex(({ id }) => id === cursor);
        if (from < 0) fail("list-deliveries", "not-found");
        return { deliveries: newestFirst.slice(from, from + 100), next: newestFirst[from + 100]?.id };
      }),
    readDelivery: (id) =>
      call("get-delivery", () => {
        const found = deliveries.find((one) => one.id === id) ?? fail("get-delivery", "not-found");
        return { event: found.event, guid: found.guid, payload: found.payload };
      }),
  };
  return {
    port,
    faults,
    jobs,
    elsewhere,
    runners,
    checkRuns,
    deliveries,
    runStatus,
    unannounced,
    people,
    logs,
    files,
    addJob(changes = {}) {
      const job = jobFacts(nextId(), changes);
      jobs.set(job.id, job);
      return job;
    },
    assign: (nowMs, pick) => assignJobs({ jobs, elsewhere, runners }, nowMs, pick),
    finish(jobId, conclusion, nowMs) {
      const job = jobs.get(jobId) ?? fail("finish", "not-found");
      const finished = { ...job, status: "completed", conclusion, completedAtMs: nowMs };
      jobs.set(jobId, finished);
      for (const runner of runners.values()) if (runner.jobId === jobId) runners.delete(runner.id);
      return finished;
    },
  };
}

function assignJobs(
  { jobs, elsewhere, runners }: Pick<WorldGitHub, "jobs" | "elsewhere" | "runners">,
  nowMs: number,
  pick: (count: number) => number,
): { job: JobFacts; runner: WorldRunner }[] {
  const assigned: { job: JobFacts; runner: WorldRunner }[] = [];
  for (const job of jobs.values()) {
    if (job.status !== "queued") continue;
    const { id } = repositoryOf({ elsewhere }, job.id);
    const fitting = [...runners.values()].filter(
      (runner) =>
        runner.online &&
        runner.jobId === undefined &&
        isOpenTo(runner, id) &&
        job.labels.every((one) => runner.labels.includes(one)),
    );
    const runner = fitting[pick(fitting.length)];
    if (runner === undefined) continue;
    runner.jobId = job.id;
    const taken = { runnerName: runner.name, runnerId: runner.id, runnerGroupId: groupOf(runner) };
    const running = { ...job, ...taken, status: "in_progress", startedAtMs: nowMs };
    jobs.set(job.id, running);
    assigned.push({ job: running, runner });
  }
  return assigned;
}

/** A repository's runner is in its only group, 1. */
function groupOf({ scope }: WorldRunner): number {
  return scope?.organizationRunnerGroup ?? 1;
}

function isOpenTo(runner: WorldRunner, repositoryId: number): boolean {
  return groupOf(runner) !== 1 || (runner.scope?.repository.id ?? repositoryId) === repositoryId;
}

export { jobPayload, runPayload } from "../webhook-payloads.ts";
