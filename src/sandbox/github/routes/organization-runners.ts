import { invalid, type Answer } from "../rest/answer.ts";
import type { OrganizationCall } from "../rest/call.ts";
import type { RunnerRecord } from "../state.ts";
import { deleteAmong, getAmong, listAmong, mint } from "./runners.ts";

/** `actions/generate-runner-jitconfig-for-org`: into one of its groups. */
export function generateJitConfigOfOrganization(call: OrganizationCall): Answer {
  const { organization, body } = call;
  const group = organization.runnerGroups.find(({ id }) => id === body.runner_group_id);
  // GitHub documents no answer to this one
  if (group === undefined) return invalid("Runner", "runner_group_id", "no such runner group");
  return mint(call, { organization, group }, runnersOf(call));
}

/** `actions/list-self-hosted-runners-for-org`, by name if asked: those of all its groups, and of no repository. */
export function listRunnersOfOrganization(call: OrganizationCall): Answer {
  return listAmong(call, runnersOf(call));
}

/** `actions/get-self-hosted-runner-for-org`. */
export function getRunnerOfOrganization(call: OrganizationCall): Answer {
  return getAmong(call, runnersOf(call));
}

/** `actions/delete-self-hosted-runner-from-org`: never a busy one. */
export function deleteRunnerOfOrganization(call: OrganizationCall): Answer {
  return deleteAmong(call, runnersOf(call));
}

function runnersOf({ world, organization }: OrganizationCall): RunnerRecord[] {
  return [...world.state.runners.values()].filter(
    ({ home }) => "organization" in home && home.organization.login === organization.login,
  );
}
