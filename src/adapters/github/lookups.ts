import type { GitHub } from "../../core/ports.ts";
import type { Api } from "./api.ts";
import { contents } from "./contents.ts";
import { jobFacts } from "./job-facts.ts";
import { runFacts } from "./run-facts.ts";
import { sharedCalls } from "./shared-calls.ts";
import { undefinedWhenAbsent } from "./undefined-when-absent.ts";

const permissions = { actions: "read", contents: "read" } as const;

/** Reads jobs, runs and files of a repository. Reads of the same run or file at the same time share one request. */
export function lookups(api: Api): Pick<GitHub, "readJob" | "readRun" | "readFile" | "listFiles" | "readOwnersFile"> {
  const shared = sharedCalls();
  return {
    readJob: (repository, jobId) =>
      undefinedWhenAbsent("get-job", (operation) =>
        api.onRepository(repository, {
          operation,
          permissions,
          send: (client, on) => client.rest.actions.getJobForWorkflowRun({ ...on, job_id: jobId }),
          read: ({ data }) => jobFacts(data),
        }),
      ),
    readRun: async (repository, runId) =>
      await shared([repository.id, runId], () =>
        undefinedWhenAbsent("get-run", (operation) =>
          api.onRepository(repository, {
            operation,
            permissions,
            send: (client, on) => client.rest.actions.getWorkflowRun({ ...on, run_id: runId }),
            read: ({ data }) => runFacts(data),
          }),
        ),
      ),
    ...contents(api, permissions),
  };
}
