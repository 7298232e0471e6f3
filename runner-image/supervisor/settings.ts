import type { ProcessScope } from "./processes.ts";

export type Settings = {
  /** AWS_LAMBDA_RUNTIME_API: host:port. */
  readonly runtimeApi: string;
  readonly logGroup: string;
  readonly logStream: string;
  readonly region: string;
  /** MAYFLY_RUNNER_DIST: the read-only Actions runner. */
  readonly distribution: string;
  /** MAYFLY_TMP_DIR: the one place that may be written. */
  readonly tmp: string;
  /**
   * MAYFLY_PROCESS_SCOPE: `machine` must be said by whoever knows that nobody else lives on this machine (our image,
   * the sandbox inside namespaces); without it the supervisor is careful.
   */
  readonly scope: ProcessScope;
  /** First pause before a call to the host channel is made again. */
  readonly retryMs: number;
  /** From the order to stop an idle listener to its end by force. */
  readonly stopGraceMs: number;
  /** What still runs so long before the machine's end is ended by force, so that there is time to say so. */
  readonly killBeforeEndMs: number;
  /** A listener that has not connected to GitHub after so long is ended. */
  readonly connectWithinMs: number;
  /** So long the host channel is asked whether a job may run, before its silence is a no. */
  readonly askWithinMs: number;
  /** From the reason of a refusal in the job's log to the end of the job. */
  readonly refusalShownMs: number;
};

/** The supervisor's settings from its environment; throws an Error that names what is missing. */
export function readSettings(env: Readonly<NodeJS.ProcessEnv>): Settings {
  const runtimeApi = env["AWS_LAMBDA_RUNTIME_API"];
  if (runtimeApi === undefined || runtimeApi === "") throw new Error("AWS_LAMBDA_RUNTIME_API is not set");
  return {
    runtimeApi,
    logGroup: env["AWS_LAMBDA_LOG_GROUP_NAME"] ?? "",
    logStream: env["AWS_LAMBDA_LOG_STREAM_NAME"] ?? "",
    region: env["AWS_REGION"] ?? "",
    distribution: env["MAYFLY_RUNNER_DIST"] ?? "/opt/actions-runner",
    tmp: env["MAYFLY_TMP_DIR"] ?? "/tmp",
    scope: env["MAYFLY_PROCESS_SCOPE"] === "machine" ? "machine" : "marked",
    retryMs: milliseconds(env, "MAYFLY_RETRY_MS", 500),
    stopGraceMs: milliseconds(env, "MAYFLY_STOP_GRACE_MS", 15_000),
    killBeforeEndMs: milliseconds(env, "MAYFLY_KILL_BEFORE_END_MS", 5_000),
    connectWithinMs: milliseconds(env, "MAYFLY_CONNECT_WITHIN_MS", 120_000),
    askWithinMs: milliseconds(env, "MAYFLY_ASK_WITHIN_MS", 60_000),
    refusalShownMs: milliseconds(env, "MAYFLY_REFUSAL_SHOWN_MS", 2_000),
  };
}

function milliseconds(env: Readonly<NodeJS.ProcessEnv>, name: string, usual: number): number {
  const text = env[name];
  if (text === undefined || text === "") return usual;
  const value = Number(text);
  if (!Number.isFinite(value) || value < 0) throw new Error(`${name} is not a number of milliseconds`);
  return value;
}
