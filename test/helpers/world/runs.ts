import { CallError } from "../../../src/core/errors/call-error.ts";
import type { Repository } from "../../../src/core/model/repository.ts";
import type { GitHub, JobFacts, RunFacts } from "../../../src/core/ports.ts";
import { repository } from "../records.ts";

type Runs = { readonly jobs: Map<number, JobFacts>; readonly runStatus: Map<number, string> };

/** What runs are made of, and the jobs of new attempts whose `queued` GitHub has yet to deliver. */
export type RunsWorld = Runs & {
  readonly elsewhere: ReadonlyMap<number, Repository>;
  readonly unannounced: JobFacts[];
  readonly nextId: () => number;
  readonly call: <T>(operation: string, effect: () => T) => Promise<T>;
};

/** The part of GitHub's API that is about workflow runs: a run is its jobs, and its end is told by `runStatus`. */
export function runsPort({
  call,
  nextId,
  elsewhere,
  ...runs
}: RunsWorld): Pick<GitHub, "listRuns" | "listJobs" | "rerunFailed" | "cancelRun"> {
  const { jobs, runStatus, unannounced } = runs;
  return {
    listRuns: (_, status) =>
      call("list-runs", () => {
        const ids = [...new Set([...jobs.values()].map(({ runId }) => runId))].toSorted((left, right) => right - left);
        const facts = ids.map((id) => runFacts(runs, id));
        return facts.filter((run) => run.status === status).slice(0, 100);
      }),
    listJobs: (of, runId, page) =>
      call("list-jobs", () => {
        const latest = jobsOfLatestAttempt(jobs, runId);
        if (latest.some(({ id }) => repositoryOf({ elsewhere }, id).id !== of.id)) {
          throw new CallError({ service: "github", operation: "list-jobs", kind: "not-found", message: "not-found" });
        }
        const next = latest.length > page * 100 ? page + 1 : undefined;
        return { jobs: latest.slice((page - 1) * 100, page * 100), next };
      }),
    rerunFailed: (_, runId, jobId) =>
      call("rerun", () => {
        const fail = (kind: "conflict" | "not-found"): never => {
          throw new CallError({ service: "github", operation: "rerun", kind, message: kind });
        };
        const latest = jobsOfLatestAttempt(jobs, runId);
        if (runStatus.get(runId) !== "completed") fail("conflict");
        if (jobId !== undefined && !latest.some(({ id }) => id === jobId)) fail("not-found");
        runStatus.delete(runId);
        for (const job of latest) {
          const again = jobId === undefined ? job.conclusion !== "success" : job.id === jobId;
          // What succeeded is carried over into the new attempt as a job of its own that has ended already.
          const fresh = again
            ? { status: "queued", conclusion: undefined, runnerName: undefined, startedAtMs: undefined }
            : {};
          const ended = again ? undefined : job.completedAtMs;
          const copy = { ...job, ...fresh, completedAtMs: ended, id: nextId(), runAttempt: job.runAttempt + 1 };
          jobs.set(copy.id, copy);
          if (again) unannounced.push(copy);
        }
      }),
    // Its jobs' `completed` comes by the tests' own hand.
    cancelRun: (_, runId) =>
      call("cancel", () => {
        if (runStatus.get(runId) !== "completed") return;
        throw new CallError({ service: "github", operation: "cancel", kind: "conflict", message: "it has ended" });
      }),
  };
}

/** Whose job it is. */
export function repositoryOf({ elsewhere }: Pick<RunsWorld, "elsewhere">, jobId: number): Repository {
  return elsewhere.get(jobId) ?? repository;
}

/** A push to the repository itself, as far as nobody says otherwise. */
export const ofTheRepository: Omit<RunFacts, "id" | "runAttempt" | "status"> = {
  conclusion: undefined,
  path: ".github/workflows/ci.yml",
  event: "push",
  headBranch: "main",
  headRepository: { id: repository.id, fullName: `${repository.owner}/${repository.name}` },
  actor: "octocat",
  triggeringActor: "octocat",
};

/** A run as the API shows it. One with a queued job is `in_progress` once another job of it has begun. */
export function runFacts({ jobs, runStatus }: Runs, id: number): RunFacts {
  const latest = jobsOfLatestAttempt(jobs, id);
  const queued = latest.length > 0 && latest.every(({ status }) => status === "queued");
  const status = runStatus.get(id) ?? (queued ? "queued" : "in_progress");
  const runAttempt = latest[0]?.runAttempt ?? 1;
  return { ...ofTheRepository, id, runAttempt, status };
}

function jobsOfLatestAttempt(jobs: ReadonlyMap<number, JobFacts>, runId: number): JobFacts[] {
  const all = [...jobs.values()].filter((job) => job.runId === runId);
  const latest = Math.max(...all.map(({ runAttempt }) => runAttempt));
  return all.filter(({ runAttempt }) => runAttempt === latest);
}
