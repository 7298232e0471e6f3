import type { Defaults, Env, JobDefinition } from "../../workflow/definition.ts";
import { githubContext } from "../actions/github-context.ts";
import { needsContext, type Needs } from "../actions/results.ts";
import { issueToken } from "../routes/tokens.ts";
import type { JobRecord, RepositoryRecord, RunRecord, Strategy } from "../state.ts";
import { repositoryOf, runOf, type World } from "../world.ts";
import { installationFor } from "../webhooks/installation-for.ts";

/** What a runner is given to run a job; expressions are not evaluated yet. */
export type JobMessage = {
  readonly jobId: number;
  readonly runId: number;
  readonly runAttempt: number;
  readonly runNumber: number;
  /** The job's name as GitHub shows it. */
  readonly name: string;
  readonly job: JobDefinition;
  readonly workflow: { readonly name: string; readonly path: string; readonly env: Env; readonly defaults: Defaults };
  readonly matrix: Readonly<Record<string, unknown>> | null;
  readonly strategy: Strategy;
  readonly needs: Needs;
  readonly github: Readonly<Record<string, unknown>>;
  readonly vars: Readonly<Record<string, string>>;
  readonly secrets: Readonly<Record<string, string>>;
  /** The commit's files: the stand-in serves a checkout from them. */
  readonly workspaceFiles: Readonly<Record<string, string>>;
};

const JOB_TOKEN_LIFE_MS = 6 * 3_600_000;

/** The message that hands a job to a runner. */
export function jobMessage(world: World, job: JobRecord): JobMessage {
  const run = runOf(world, job);
  const repository = repositoryOf(world, job);
  const { workflow } = run;
  return {
    jobId: job.id,
    runId: run.id,
    runAttempt: job.attempt,
    runNumber: run.number,
    name: job.name,
    job: job.definition,
    workflow: { name: run.name, path: run.path, env: workflow?.env ?? {}, defaults: workflow?.defaults ?? { run: {} } },
    matrix: job.matrix,
    strategy: job.strategy,
    needs: needsContext(world, run, job.definition),
    github: githubContext(world, run, job.key),
    vars: {},
    secrets: { ...secretsOf(repository, run), GITHUB_TOKEN: jobToken(world, job) },
    workspaceFiles: Object.fromEntries(repository.commits.get(run.sha)?.files ?? []),
  };
}

/**
 * "With the exception of GITHUB_TOKEN, secrets are not passed to the runner when a workflow is triggered from a forked
 * repository" (GitHub's docs on `pull_request`).
 */
function secretsOf(repository: RepositoryRecord, { event, headRepositoryId }: RunRecord): Record<string, string> {
  const isFork = event === "pull_request" && headRepositoryId !== repository.id;
  return isFork ? {} : Object.fromEntries(repository.secrets);
}

/** The job's own token; it works at the fake as far as reading the repository goes. */
function jobToken(world: World, job: JobRecord): string {
  return issueToken(world, {
    installationId: installationFor(world, repositoryOf(world, job))?.id ?? 0,
    repositoryIds: [job.repositoryId],
    permissions: { contents: "read", metadata: "read" },
    expiresAtMs: world.now() + JOB_TOKEN_LIFE_MS,
  });
}
