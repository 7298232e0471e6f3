import { composeLint } from "../check-run/compose-lint.ts";
import type { Core } from "../core.ts";
import { done } from "../core.ts";
import { isCallError } from "../errors/call-error.ts";
import { servedRepositoryKey } from "../model/served-repository.ts";
import { readRunnerConfig } from "../planning/runner-config/read-runner-config.ts";
import type { Message, Verdict } from "../ports.ts";
import { configPath } from "./repository-config.ts";

/**
 * Checks the `.github/runner.yml` of a pull request's head against the table and the operator's policy, and says on the
 * commit what is wrong on which line. Nothing is ever planned by it. Only where Mayfly has work to do, and only when the
 * file is not the default branch's: two calls at most for every other push to a pull request.
 */
export async function lintPullRequest(core: Core, message: Extract<Message, { kind: "lint" }>): Promise<Verdict> {
  const { repository, headSha } = message;
  if ((await core.store.repositories.read(servedRepositoryKey(repository.id))) === undefined) return done;
  try {
    const text = await core.github.readFile(repository, configPath, headSha);
    if (text === undefined || text === (await core.github.readFile(repository, configPath))) return done;
    const { problems } = readRunnerConfig(text, core.yaml, core.policy);
    const checkRun = composeLint(configPath, headSha, problems);
    const known = await core.github.findCheckRun(repository, checkRun);
    if (known === undefined) await core.github.createCheckRun(repository, checkRun);
    core.log.info("pull request checked", { repository: repository.id, headSha, problems: problems.length });
  } catch (error) {
    if (!isCallError(error, "forbidden", "not-found", "invalid")) throw error;
    core.log.warn("pull request not checked", { repository: repository.id, headSha, detail: error.message });
  }
  return done;
}
