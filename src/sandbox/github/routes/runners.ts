import { runnerJson } from "../json/runner.ts";
import { invalid, notFound, problem, type Answer } from "../rest/answer.ts";
import type { RepositoryCall } from "../rest/call.ts";
import { page } from "../rest/page.ts";
import { jitConfig } from "../runners/jit-config.ts";
import { registerRunner, removeRunner } from "../runners/registration.ts";
import type { RunnerRecord } from "../state.ts";

/** Longest name that GitHub is known to take (community measurement; not in its API description). */
const MAX_NAME_LENGTH = 64;
/** A repository has this group only. */
const DEFAULT_GROUP = 1;

/** `actions/generate-runner-jitconfig-for-repo`: registers the runner at once, so a second call with the name is a 409. */
export function generateJitConfig(call: RepositoryCall): Answer {
  const { world, repository, body } = call;
  const name = String(body.name);
  if (name.length === 0 || name.length > MAX_NAME_LENGTH) {
    return invalid("Runner", "name", `must have 1 to ${MAX_NAME_LENGTH} characters`);
  }
  if (body.runner_group_id !== DEFAULT_GROUP) return invalid("Runner", "runner_group_id", "no such runner group");
  const isTaken = runnersOf(call).some((runner) => runner.name.toLowerCase() === name.toLowerCase());
  if (isTaken) return problem(409, "Already exists - A runner with the name *** already exists.");
  const runner = registerRunner(world, repository, name, body.labels as string[]);
  const workFolder = typeof body.work_folder === "string" ? body.work_folder : "_work";
  return {
    status: 201,
    body: { runner: runnerJson(runner), encoded_jit_config: jitConfig(world, repository, runner, workFolder) },
  };
}

/** `actions/list-self-hosted-runners-for-repo`, by name if asked. */
export function listRunners(call: RepositoryCall): Answer {
  const name = call.query.get("name");
  const found = runnersOf(call).filter((runner) => name === null || runner.name === name);
  return page(call, found, (items, total) => ({ total_count: total, runners: items.map(runnerJson) }));
}

/** `actions/get-self-hosted-runner-for-repo`. */
export function getRunner(call: RepositoryCall): Answer {
  const runner = find(call);
  return runner === undefined ? notFound() : { status: 200, body: runnerJson(runner) };
}

/** `actions/delete-self-hosted-runner-from-repo`: never a busy one. */
export function deleteRunner(call: RepositoryCall): Answer {
  const runner = find(call);
  if (runner === undefined) return notFound();
  if (runner.jobId !== undefined) {
    const message = `Bad request - Runner "${runner.name}" is currently running a job and cannot be deleted.`;
    return problem(422, message);
  }
  removeRunner(call.world, runner, "deleted over the API");
  return { status: 204 };
}

function runnersOf({ world, repository }: RepositoryCall): RunnerRecord[] {
  return [...world.state.runners.values()].filter(({ repositoryId }) => repositoryId === repository.id);
}

function find(call: RepositoryCall): RunnerRecord | undefined {
  return runnersOf(call).find(({ id }) => id === Number(call.path.runner_id));
}
