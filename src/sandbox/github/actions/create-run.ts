import type { Workflow } from "../../workflow/definition.ts";
import type { PullRequestRecord } from "../pull-request-record.ts";
import type { RepositoryRecord, RunRecord } from "../state.ts";
import type { World } from "../world.ts";
import { admitRun } from "./admit.ts";
import { checkSuiteId } from "./check-suite.ts";
import { githubContext } from "./github-context.ts";
import { readConcurrency } from "./read-concurrency.ts";
import type { WorkflowFile } from "./read-workflow.ts";
import { announceRun, endRun, settle } from "./settle.ts";

export type RunRequest = {
  readonly file: WorkflowFile;
  readonly event: string;
  readonly eventPayload: Record<string, unknown>;
  /** Who caused it. */
  readonly actor: string;
  readonly title: string;
  /** What its jobs work on. */
  readonly ref: string;
  readonly sha: string;
  /** What it is shown with. */
  readonly head: { readonly repositoryId: number; readonly branch: string; readonly sha: string };
  readonly pullRequest?: PullRequestRecord;
};

/** Makes a run of a workflow file and starts it. What cannot be understood ends as a startup failure, without jobs. */
export function createRun(world: World, repository: RepositoryRecord, request: RunRequest): RunRecord {
  const { file, head } = request;
  const { path, workflow } = file;
  const errors = [...file.errors, ...notPossible(workflow)];
  const number = (repository.runNumbers.get(path) ?? 0) + 1;
  repository.runNumbers.set(path, number);
  const run: RunRecord = {
    id: world.ids.next("run"),
    repositoryId: repository.id,
    attempt: 1,
    number,
    workflowId: workflowId(world, repository, path),
    checkSuiteId: checkSuiteId(world, repository, head.sha, "github-actions"),
    name: workflow?.name ?? path,
    path,
    event: request.event,
    eventPayload: request.eventPayload,
    ref: request.ref,
    sha: request.sha,
    headSha: head.sha,
    headBranch: head.branch,
    headRepositoryId: head.repositoryId,
    pullRequest: request.pullRequest,
    actor: request.actor,
    triggeringActor: request.actor,
    title: request.title,
    workflow,
    concurrency: undefined,
    holds: file.holds,
    errors,
    status: "queued",
    conclusion: null,
    cancelling: false,
    begun: false,
    jobIds: new Map(),
    carried: new Map(),
    earlierAttempts: [],
    approvedJobs: new Set(),
    createdAtMs: world.now(),
    startedAtMs: world.now(),
    updatedAtMs: world.now(),
  };
  world.state.runs.set(run.id, run);
  try {
    const contexts = { github: githubContext(world, run, ""), inputs: {}, vars: {} };
    run.concurrency = readConcurrency(workflow?.concurrency, contexts);
  } catch (error) {
    errors.push(error instanceof Error ? error.message : String(error));
  }
  announceRun(world, run, "requested");
  for (const what of errors) world.tell({ type: "not-understood", path, job: undefined, what });
  if (errors.length > 0) {
    endRun(world, run, "startup_failure");
    return run;
  }
  tellLimits(world, run);
  settle(world, ...admitRun(world, run));
  return run;
}

/** Reasons for which a job of the file can never become one here: there is nothing to run it on or nothing to run. */
function notPossible(workflow: Workflow | undefined): string[] {
  return (workflow?.jobs ?? [])
    .filter(({ runsOn }) => Array.isArray(runsOn) && runsOn.length === 0)
    .map(({ key, notSupported }) => `job ${key}: ${notSupported.join(", ") || "no runs-on"}`);
}

/** Says what the sandbox leaves undone in jobs that it runs all the same. */
function tellLimits(world: World, run: RunRecord): void {
  for (const { key, notSupported } of run.workflow?.jobs ?? []) {
    for (const what of notSupported) world.tell({ type: "not-understood", path: run.path, job: key, what });
  }
}

function workflowId(world: World, repository: RepositoryRecord, path: string): number {
  const known = repository.workflowIds.get(path);
  if (known !== undefined) return known;
  const id = world.ids.next("workflow");
  repository.workflowIds.set(path, id);
  return id;
}
