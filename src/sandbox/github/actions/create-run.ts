import type { Workflow } from "../../workflow/definition.ts";
import type { Commit, RepositoryRecord, RunRecord } from "../state.ts";
import type { World } from "../world.ts";
import { checkSuiteId } from "./check-suite.ts";
import { announceRun, endRun, settle } from "./settle.ts";

export type RunRequest = {
  readonly path: string;
  readonly workflow: Workflow | undefined;
  readonly errors: readonly string[];
  readonly event: string;
  readonly eventPayload: Record<string, unknown>;
  readonly branch: string;
  readonly commit: Commit;
};

/** Makes a run of a workflow file and starts it. What cannot be understood ends as a startup failure, without jobs. */
export function createRun(world: World, repository: RepositoryRecord, request: RunRequest): RunRecord {
  const { path, workflow, commit } = request;
  const errors = [...request.errors, ...notPossible(workflow)];
  const number = (repository.runNumbers.get(path) ?? 0) + 1;
  repository.runNumbers.set(path, number);
  const run: RunRecord = {
    id: world.ids.next("run"),
    repositoryId: repository.id,
    attempt: 1,
    number,
    workflowId: workflowId(world, repository, path),
    checkSuiteId: checkSuiteId(world, repository, commit.sha, "github-actions"),
    name: workflow?.name ?? path,
    path,
    event: request.event,
    eventPayload: request.eventPayload,
    headSha: commit.sha,
    headBranch: request.branch,
    actor: commit.author,
    title: commit.message.split("\n")[0] ?? "",
    workflow,
    errors,
    status: "queued",
    conclusion: null,
    cancelling: false,
    jobIds: new Map(),
    createdAtMs: world.now(),
    updatedAtMs: world.now(),
  };
  world.state.runs.set(run.id, run);
  announceRun(world, run, "requested");
  for (const what of errors) world.tell({ type: "not-understood", path, job: undefined, what });
  if (errors.length > 0) {
    endRun(world, run, "startup_failure");
    return run;
  }
  tellLimits(world, run);
  settle(world, run);
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
  for (const { key, notSupported, maxParallel } of run.workflow?.jobs ?? []) {
    const held = maxParallel === undefined ? [] : ["max-parallel (all jobs of the matrix may run at once)"];
    for (const what of [...notSupported, ...held]) {
      world.tell({ type: "not-understood", path: run.path, job: key, what });
    }
  }
}

function workflowId(world: World, repository: RepositoryRecord, path: string): number {
  const known = repository.workflowIds.get(path);
  if (known !== undefined) return known;
  const id = world.ids.next("workflow");
  repository.workflowIds.set(path, id);
  return id;
}
