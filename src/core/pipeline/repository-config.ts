import type { Core } from "../core.ts";
import { isCallError } from "../errors/call-error.ts";
import type { Repository } from "../model/repository.ts";
import { repositoryFileKey } from "../model/repository-file.ts";
import { readRunnerConfig } from "../planning/runner-config/read-runner-config.ts";
import type { RunnerDefinition } from "../planning/runner-config/runner-config.ts";

/** Read from the default branch only, so that a pull request cannot raise its own privileges. */
export const configPath = ".github/runner.yml";

/** What a repository says about its runners. */
export type RepositoryConfig =
  | { readonly state: "absent" }
  | { readonly state: "broken"; readonly detail: string }
  | { readonly state: "read"; readonly runners: ReadonlyMap<string, RunnerDefinition> };

/** A file of more bytes is refused, so that more characters need not be kept. */
const mostConfigCharacters = 65_536;

/** Failures that say nothing about the file. */
const passing = ["unavailable", "lost-reply", "rate-limited"] as const;

/** So old may a file be that cannot be read again. */
const oldestMs = 3_600_000;

/** How many problems of a broken file the reason of a job names. */
const mostProblems = 3;

/** The repository's own definitions of runners, at most `fileSeconds` old. */
export async function readRepositoryConfig(core: Core, repository: Repository): Promise<RepositoryConfig> {
  const text = await readDefaultBranchFile(core, repository, configPath);
  if (text === undefined) return { state: "absent" };
  const { config, problems } = readRunnerConfig(text, core.yaml);
  if (config !== undefined) return { state: "read", runners: config.runners };
  const errors = problems.filter(({ severity }) => severity === "error");
  const named = errors.slice(0, mostProblems).map(({ line, column, message }) => `${line}:${column} ${message}`);
  const more = errors.length > mostProblems ? [`and ${errors.length - mostProblems} more`] : [];
  return { state: "broken", detail: `${configPath}: ${[...named, ...more].join("; ")}` };
}

/** Text of a file of the default branch, kept for a while; that there is none is kept too, a failure never. */
async function readDefaultBranchFile(core: Core, repository: Repository, path: string): Promise<string | undefined> {
  const key = repositoryFileKey(repository.id, path);
  const known = await core.store.files.read(key);
  const nowMs = core.clock.nowMs();
  if (known !== undefined && nowMs < known.readAtMs + core.settings.timings.fileSeconds * 1000) return known.text;
  let text: string | undefined;
  try {
    // One character more than is allowed says that it is too long; a record holds no more.
    text = (await core.github.readFile(repository, path))?.slice(0, mostConfigCharacters + 1);
  } catch (error) {
    // Without the permission to read files a repository has the defaults.
    // What was read a while ago is more likely right than nothing.
    if (isCallError(error, ...passing) && known !== undefined && nowMs < known.readAtMs + oldestMs) return known.text;
    if (!isCallError(error, "forbidden", "not-found")) throw error;
    core.log.warn("file not readable: defaults are used", { repository: repository.id, path, detail: error.message });
  }
  // Whoever was first has read the same.
  await core.store.files.write({ schema: 1, version: (known?.version ?? 0) + 1, key, text, readAtMs: nowMs });
  return text;
}
