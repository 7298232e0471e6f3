import { readJobFacts } from "../../core/pipeline/intake.ts";
import type { GitHub } from "../../core/ports.ts";
import type { Api } from "./api.ts";
import { contents } from "./contents.ts";
import { undefinedWhenAbsent } from "./undefined-when-absent.ts";

const permissions = { actions: "read", contents: "read" } as const;

/** Reads jobs, runs and files of a repository. */
export function lookups(api: Api): Pick<GitHub, "readJob" | "readRun" | "readFile"> {
  return {
    readJob: (repository, jobId) =>
      undefinedWhenAbsent("get-job", (operation) =>
        api.onRepository(repository, {
          operation,
          permissions,
          send: (client, on) => client.rest.actions.getJobForWorkflowRun({ ...on, job_id: jobId }),
          read: ({ data }) => {
            const facts = readJobFacts(data);
            if (facts === undefined) throw new Error("the job lacks a fact that is always there");
            return facts;
          },
        }),
      ),
    readRun: (repository, runId) =>
      undefinedWhenAbsent("get-run", (operation) =>
        api.onRepository(repository, {
          operation,
          permissions,
          send: (client, on) => client.rest.actions.getWorkflowRun({ ...on, run_id: runId }),
          read: ({ data }) => ({
            id: data.id,
            runAttempt: data.run_attempt ?? 1,
            status: data.status ?? "queued",
            conclusion: data.conclusion ?? undefined,
            path: withoutRef(data.path),
            event: data.event,
          }),
        }),
      ),
    readFile: contents(api, permissions),
  };
}

/** GitHub may give `.github/workflows/ci.yml@main` or `…@refs/heads/main`. */
function withoutRef(path: string): string {
  return path.replace(/(\.ya?ml)@.*$/i, "$1");
}
