import type { GitHub } from "../../core/ports.ts";
import type { Api } from "./api.ts";
import { jobFacts } from "./job-facts.ts";
import { nextPage } from "./next-page.ts";
import { runFacts } from "./run-facts.ts";

const PER_PAGE = 100;

/** Lists the runs of a repository and the jobs of a run, runs failed jobs again, and cancels runs. */
export function runs(api: Api): Pick<GitHub, "listRuns" | "listJobs" | "rerunFailed" | "cancelRun"> {
  return {
    listRuns: (repository, status) =>
      api.onRepository(repository, {
        operation: "list-runs",
        permissions: { actions: "read" },
        send: (client, on) => client.rest.actions.listWorkflowRunsForRepo({ ...on, status, per_page: PER_PAGE }),
        read: ({ data }) => data.workflow_runs.map(runFacts),
      }),
    listJobs: (repository, runId, page) =>
      api.onRepository(repository, {
        operation: "list-jobs",
        permissions: { actions: "read" },
        send: (client, on) =>
          client.rest.actions.listJobsForWorkflowRun({
            ...on,
            run_id: runId,
            filter: "latest",
            per_page: PER_PAGE,
            ...(page > 1 ? { page } : {}),
          }),
        read: ({ data, headers }) => {
          const next = nextPage(headers, "page");
          return { jobs: data.jobs.map(jobFacts), next: next === undefined ? undefined : Number(next) };
        },
      }),
    rerunFailed: (repository, runId, jobId) =>
      jobId === undefined
        ? api.onRepository(repository, {
            operation: "rerun-failed-jobs",
            once: true, // a second one meets the attempt that the first has begun
            permissions: { actions: "write" },
            send: (client, on) => client.rest.actions.reRunWorkflowFailedJobs({ ...on, run_id: runId }),
            read: () => undefined,
          })
        : api.onRepository(repository, {
            operation: "rerun-job",
            once: true,
            permissions: { actions: "write" },
            send: (client, on) => client.rest.actions.reRunJobForWorkflowRun({ ...on, job_id: jobId }),
            read: () => undefined,
          }),
    cancelRun: (repository, runId) =>
      api.onRepository(repository, {
        operation: "cancel-run", // a second time it does nothing, or is a conflict: it may be repeated
        permissions: { actions: "write" },
        send: (client, on) => client.rest.actions.cancelWorkflowRun({ ...on, run_id: runId }),
        read: () => undefined,
      }),
  };
}
