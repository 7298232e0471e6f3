import { CallError } from "../../core/errors/call-error.ts";
import type { GitHub } from "../../core/ports.ts";
import { nonEmpty } from "./answer-fields.ts";
import type { Api } from "./api.ts";
import { readTail, type TailRequest } from "./read-tail.ts";
import { undefinedWhenAbsent } from "./undefined-when-absent.ts";

const MOST_BYTES = 256 * 1024;
const operation = "download-job-log";

/**
 * Reads logs of jobs. GitHub answers with an address that is good for a minute, at a store of its own, which must not
 * see the token. A log that is not kept (expired, or its runner died before it had sent it) is told by GitHub or by the
 * store: https://docs.github.com/rest/actions/workflow-jobs#download-job-logs-for-a-workflow-run
 */
export function jobLogs(api: Api): Pick<GitHub, "readJobLog"> {
  return {
    async readJobLog(repository, jobId) {
      const url = await undefinedWhenAbsent(operation, () =>
        api.onRepository(repository, {
          operation,
          permissions: { actions: "read" },
          send: (client, on) =>
            client.rest.actions.downloadJobLogsForWorkflowRun({
              ...on,
              job_id: jobId,
              request: { redirect: "manual" }, // following would end in a text of any size
            }),
          read: ({ headers }) => nonEmpty(headers["location"]),
        }),
      );
      if (url === undefined) return undefined;
      const { status, text } = await readStore({ url, mostBytes: MOST_BYTES, timeoutMs: api.timeoutMs });
      if (status === 404 || status === 410) return undefined;
      if (status >= 400) throw storeError(`it answered ${status}`, status);
      return text;
    },
  };
}

async function readStore(request: TailRequest): ReturnType<typeof readTail> {
  try {
    return await readTail(request);
  } catch (error) {
    // Nothing of its message: the address is as good as a password for a minute
    const { name, cause } = error as { readonly name?: unknown; readonly cause?: { readonly code?: unknown } };
    const reason = name === "TimeoutError" ? "no answer in time" : "the connection failed";
    throw storeError(typeof cause?.code === "string" ? `${reason} (${cause.code})` : reason);
  }
}

function storeError(reason: string, status?: number): CallError {
  const message = `the store of the log cannot be read: ${reason}`;
  return new CallError({ service: "github", operation, kind: "unavailable", message, status });
}
