import type { CheckRun, GitHub } from "../../core/ports.ts";
import { integer } from "./answer-fields.ts";
import type { Api } from "./api.ts";

const permissions = { checks: "write" } as const;
const PER_PAGE = 100;
/** GitHub keeps at most 1,000 check runs of one name in a suite. */
const MOST_PAGES = 10;

/** Creates, updates and finds the App's check runs. */
export function checkRuns(api: Api): Pick<GitHub, "createCheckRun" | "updateCheckRun" | "findCheckRun"> {
  return {
    createCheckRun: (repository, checkRun) =>
      api.onRepository(repository, {
        operation: "create-check-run",
        once: true,
        permissions,
        send: (client, on) =>
          client.rest.checks.create({ ...on, head_sha: checkRun.headSha, ...state(checkRun), ...output(checkRun) }),
        read: ({ data }) => ({ id: integer(data.id) }),
      }),
    updateCheckRun: (repository, checkRunId, checkRun) =>
      api.onRepository(repository, {
        operation: "update-check-run",
        once: checkRun.annotations.length > 0, // GitHub appends them
        permissions,
        send: (client, on) =>
          client.rest.checks.update({ ...on, check_run_id: checkRunId, ...state(checkRun), ...output(checkRun) }),
        read: () => undefined,
      }),
    async findCheckRun(repository, { name, headSha, externalId }) {
      for (let page = 1; page <= MOST_PAGES; page += 1) {
        const { found, last } = await api.onRepository(repository, {
          operation: "list-check-runs",
          permissions,
          send: (client, on) =>
            client.rest.checks.listForRef({
              ...on,
              ref: headSha,
              check_name: name,
              filter: "all",
              per_page: PER_PAGE,
              ...(page > 1 ? { page } : {}),
            }),
          read: ({ data }) => ({
            found: data.check_runs.find((run) => run.external_id === externalId),
            last: data.check_runs.length < PER_PAGE,
          }),
        });
        if (found !== undefined) return { id: found.id, annotations: found.output.annotations_count };
        if (last) return undefined;
      }
      return undefined;
    },
  };
}

/** The conclusion belongs to a completed check run only: with one, GitHub completes any other. */
function state({ name, externalId, status, conclusion }: CheckRun) {
  const common = { name, external_id: externalId };
  if (status !== "completed" || conclusion === undefined) return { ...common, status };
  return { ...common, status, conclusion };
}

function output({ title, summary, text, annotations }: CheckRun) {
  return {
    output: {
      title,
      summary,
      ...(text === undefined ? {} : { text }),
      ...(annotations.length === 0
        ? {}
        : {
            annotations: annotations.map((annotation) => ({
              path: annotation.path,
              start_line: annotation.startLine,
              end_line: annotation.endLine,
              annotation_level: annotation.level,
              title: annotation.title,
              message: annotation.message,
            })),
          }),
    },
  };
}
