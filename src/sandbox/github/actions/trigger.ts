import type { RunRecord } from "../state.ts";
import { fullName, repositoryNamed, type RepositoryName, type World } from "../world.ts";
import { createRun } from "./create-run.ts";
import { triggeredWorkflows } from "./triggered-workflows.ts";

export type TriggerRequest = {
  readonly repository: RepositoryName;
  /** One that works on the default branch, for example `issue_comment`, `workflow_run`, `schedule`. */
  readonly event: string;
  /** Who caused it. Default: the owner. */
  readonly actor?: string;
  readonly payload?: Readonly<Record<string, unknown>>;
};

/** Starts the workflows of the default branch that the event triggers. The App is not told of the event itself. */
export async function trigger(
  world: World,
  { repository: name, event, actor, payload }: TriggerRequest,
): Promise<RunRecord[]> {
  const repository = repositoryNamed(world, name);
  const branch = repository?.defaultBranch ?? "";
  const sha = repository?.branches.get(branch);
  if (repository === undefined || sha === undefined) throw new Error(`nothing was pushed to ${fullName(name)}`);
  const files = await triggeredWorkflows(repository, sha, event);
  return files.map((file) =>
    createRun(world, repository, {
      file,
      event,
      eventPayload: { ...payload },
      actor: actor ?? repository.owner,
      title: file.workflow?.name ?? event,
      ref: `refs/heads/${branch}`,
      sha,
      head: { repositoryId: repository.id, branch, sha },
    }),
  );
}
