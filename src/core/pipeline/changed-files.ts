import type { Core } from "../core.ts";
import { done } from "../core.ts";
import { ownersFileKey, repositoryFileKey } from "../model/repository-file.ts";
import type { Message, Verdict } from "../ports.ts";
import { forgetFile } from "./cached-file.ts";
import { configPath, ownersRepositories } from "./repository-config.ts";
import { workflowsPath } from "./repository-workflows.ts";

/** A push has changed files that plans rest on: the next job is planned by what they are now. */
export async function forgetChanged(core: Core, message: Extract<Message, { kind: "changed" }>): Promise<Verdict> {
  const { repository, paths } = message;
  const { id, installationId, owner, name } = repository;
  const config = paths.includes(configPath);
  const workflows = paths.includes(workflowsPath);
  await Promise.all([
    ...(config ? [forgetFile(core, repositoryFileKey(id, configPath))] : []),
    ...(config && ownersRepositories.includes(name)
      ? [forgetFile(core, ownersFileKey(installationId, owner, name, configPath))]
      : []),
    ...(workflows ? [forgetFile(core, repositoryFileKey(id, workflowsPath))] : []),
  ]);
  return done;
}
