import { runnerJson } from "../json/runner.ts";
import { defaultGroup } from "../organization-record.ts";
import { invalid, notFound, problem, type Answer } from "../rest/answer.ts";
import type { Call, RepositoryCall } from "../rest/call.ts";
import { page } from "../rest/page.ts";
import { jitConfig } from "../runners/jit-config.ts";
import { registerRunner, removeRunner } from "../runners/registration.ts";
import type { RunnerHome } from "../runners/runner-home.ts";
import type { RunnerRecord } from "../state.ts";

/** Longest name that GitHub is known to take (community measurement; not in its API description). */
const MAX_NAME_LENGTH = 64;

/** `actions/generate-runner-jitconfig-for-repo`. */
export function generateJitConfig(call: RepositoryCall): Answer {
  const isKnown = call.body.runner_group_id === defaultGroup.id;
  if (!isKnown) return invalid("Runner", "runner_group_id", "no such runner group");
  return mint(call, { repositoryId: call.repository.id }, runnersOf(call));
}

/** `actions/list-self-hosted-runners-for-repo`, by name if asked. */
export function listRunners(call: RepositoryCall): Answer {
  return listAmong(call, runnersOf(call));
}

/** `actions/get-self-hosted-runner-for-repo`. */
export function getRunner(call: RepositoryCall): Answer {
  return getAmong(call, runnersOf(call));
}

/** `actions/delete-self-hosted-runner-from-repo`: never a busy one. */
export function deleteRunner(call: RepositoryCall): Answer {
  return deleteAmong(call, runnersOf(call));
}

/** Registers the runner at once, so a second call with the name is a 409: each repository and organisation has names of its own. */
export function mint({ world, body }: Call, home: RunnerHome, others: readonly RunnerRecord[]): Answer {
  const name = String(body.name);
  if (name.length === 0 || name.length > MAX_NAME_LENGTH) {
    return invalid("Runner", "name", `must have 1 to ${MAX_NAME_LENGTH} characters`);
  }
  const isTaken = others.some((runner) => runner.name.toLowerCase() === name.toLowerCase());
  if (isTaken) return problem(409, "Already exists - A runner with the name *** already exists.");
  const runner = registerRunner(world, home, name, body.labels as string[]);
  const workFolder = typeof body.work_folder === "string" ? body.work_folder : "_work";
  return {
    status: 201,
    body: { runner: runnerJson(runner), encoded_jit_config: jitConfig(world, runner, workFolder) },
  };
}

/** A page of these runners, of one name if asked. */
export function listAmong(call: Call, runners: readonly RunnerRecord[]): Answer {
  const name = call.query.get("name");
  const found = runners.filter((runner) => name === null || runner.name === name);
  return page(call, found, (items, total) => ({ total_count: total, runners: items.map(runnerJson) }));
}

/** The runner of the path's id among these. */
export function getAmong(call: Call, runners: readonly RunnerRecord[]): Answer {
  const runner = find(call, runners);
  return runner === undefined ? notFound() : { status: 200, body: runnerJson(runner) };
}

/** Deletes it, unless it is busy. */
export function deleteAmong(call: Call, runners: readonly RunnerRecord[]): Answer {
  const runner = find(call, runners);
  if (runner === undefined) return notFound();
  if (runner.jobId !== undefined) {
    const message = `Bad request - Runner "${runner.name}" is currently running a job and cannot be deleted.`;
    return problem(422, message);
  }
  removeRunner(call.world, runner, "deleted over the API");
  return { status: 204 };
}

function runnersOf({ world, repository }: RepositoryCall): RunnerRecord[] {
  return [...world.state.runners.values()].filter(
    ({ home }) => "repositoryId" in home && home.repositoryId === repository.id,
  );
}

function find({ path }: Call, runners: readonly RunnerRecord[]): RunnerRecord | undefined {
  return runners.find(({ id }) => id === Number(path.runner_id));
}
