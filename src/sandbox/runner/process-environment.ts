import { delimiter } from "node:path";
import { githubContext, runnerArch } from "./running-job.ts";
import type { RunningJob } from "./running-job.ts";

/** Keys of the `github` context that the real runner gives as GITHUB_* variables. */
const GITHUB_KEYS =
  "action actor actor_id api_url base_ref event_name event_path graphql_url head_ref job ref ref_name ref_protected " +
  "ref_type repository repository_id repository_owner repository_owner_id retention_days run_attempt run_id run_number " +
  "server_url sha triggering_actor workflow workflow_ref workflow_sha workspace";
const DEFAULT_PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

/** A process's variables: inherited, then those of workflow, job and step, then what the runner sets. */
export function processEnvironment(
  job: RunningJob,
  env: Readonly<Record<string, string>>,
  fileEnv: Readonly<Record<string, string>>,
): Record<string, string> {
  const given: Record<string, string> = { CI: "true", ...job.inherited, ...env };
  const context = githubContext(job);
  const github = GITHUB_KEYS.split(" ").map((key) => [`GITHUB_${key.toUpperCase()}`, text(context[key])] as const);
  return {
    ...given,
    ...Object.fromEntries(github.filter(([, value]) => value !== undefined)),
    ...fileEnv,
    GITHUB_ACTIONS: "true",
    RUNNER_NAME: job.runnerName,
    RUNNER_OS: "Linux",
    RUNNER_ARCH: runnerArch(),
    RUNNER_TEMP: job.folders.temp,
    RUNNER_TOOL_CACHE: job.folders.tools,
    RUNNER_WORKSPACE: job.folders.work,
    RUNNER_ENVIRONMENT: "self-hosted",
    RUNNER_TRACKING_ID: job.trackingId,
    PATH: [...job.path, given["PATH"] ?? DEFAULT_PATH].join(delimiter),
  };
}

function text(value: unknown): string | undefined {
  if (typeof value === "string") return value;
  return typeof value === "number" || typeof value === "boolean" ? String(value) : undefined;
}
