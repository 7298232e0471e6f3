import type { Core } from "../core.ts";
import type { Repository } from "../model/repository.ts";
import { ownersFileKey, repositoryFileKey } from "../model/repository-file.ts";
import { inheritConfig } from "../planning/runner-config/inherit-config.ts";
import type { Problem } from "../planning/runner-config/problem.ts";
import { readRunnerConfig } from "../planning/runner-config/read-runner-config.ts";
import type { RunnerConfig } from "../planning/runner-config/runner-config.ts";
import { readCachedFile } from "./cached-file.ts";
import type { FileSource } from "./cached-file.ts";
import { defaultBranchSha } from "./default-branch-sha.ts";
import type { JobOfBranch } from "./default-branch-sha.ts";

/** Read from the default branch only, so that a pull request cannot raise its own privileges. */
export const configPath = ".github/runner.yml";

/** Repositories of an owner whose file holds for all others, the first that has one: the private one is no one's but its people's. */
export const ownersRepositories: readonly string[] = [".github-private", ".github"];

/** What a repository, and its owner, say about runners. */
export type RepositoryConfig = {
  readonly config: RunnerConfig;
  /** Files with errors whose last good version, or nothing, is used: what is wrong, in words. */
  readonly notes: readonly string[];
  /** The repository's own file has errors, and no good version of it is known. */
  readonly brokenFile: string | undefined;
};

/** A file of more bytes is refused, so that more characters need not be kept. */
const mostConfigCharacters = 65_536;

/** How many problems of a broken file a note names. */
const mostProblems = 3;

const nothing: RunnerConfig = { runners: new Map(), file: {} };

/** The repository's definitions of runners over its owner's, at most `fileSeconds` and `ownersFileSeconds` old. Errors in them never strand a job. */
export async function readRepositoryConfig(
  core: Core,
  repository: Repository,
  job?: JobOfBranch,
): Promise<RepositoryConfig> {
  // One after the other: while GitHub does not answer, one call finds that out.
  const own = await readLayer(core, ownSource(core, repository, job), configPath);
  const owners = await readOwnersLayer(core, repository);
  const layers = [own, owners].map((layer) => layer.config ?? nothing);
  return {
    config: inheritConfig(layers, core.policy.images),
    notes: [own, owners].flatMap(({ note }) => note ?? []),
    brokenFile: own.config === undefined ? own.broken : undefined,
  };
}

type Layer = {
  readonly config: RunnerConfig | undefined;
  readonly note?: string | undefined;
  readonly broken?: string | undefined;
};

function ownSource(core: Core, repository: Repository, job: JobOfBranch | undefined): FileSource {
  return {
    key: repositoryFileKey(repository.id, configPath),
    sha: job && defaultBranchSha(repository, job),
    // One character more than is allowed says that it is too long; a record holds no more.
    read: async () => cut(await core.github.readFile(repository, configPath)),
    isGood: (text) => readRunnerConfig(text, core.yaml).config !== undefined,
  };
}

async function readOwnersLayer(core: Core, repository: Repository): Promise<Layer> {
  for (const name of ownersRepositories) {
    // The file of such a repository is its own already.
    if (repository.name === name) return { config: nothing };
    const layer = await readLayer(core, ownersSource(core, repository, name), `${name}/${configPath}`);
    if (layer.config !== nothing) return layer;
  }
  return { config: nothing };
}

function ownersSource(core: Core, repository: Repository, name: string): FileSource {
  return {
    key: ownersFileKey(repository.installationId, repository.owner, name, configPath),
    seconds: core.settings.timings.ownersFileSeconds,
    read: async () => cut(await core.github.readOwnersFile(repository, name, configPath)),
    isGood: (text) => readRunnerConfig(text, core.yaml).config !== undefined,
  };
}

async function readLayer(core: Core, source: FileSource, path: string): Promise<Layer> {
  const { text, good } = await readCachedFile(core, source);
  if (text === undefined) return { config: nothing };
  const { config, problems } = readRunnerConfig(text, core.yaml);
  if (config !== undefined) return { config };
  const broken = describeErrors(path, problems);
  if (good === undefined) return { config: undefined, broken };
  const note = `the last good version of ${path} is used, because the present one has errors: ${broken}`;
  return { config: readRunnerConfig(good, core.yaml).config, note };
}

function describeErrors(path: string, problems: readonly Problem[]): string {
  const errors = problems.filter(({ severity }) => severity === "error");
  const named = errors.slice(0, mostProblems).map(({ line, column, message }) => `${line}:${column} ${message}`);
  const more = errors.length > mostProblems ? [`and ${errors.length - mostProblems} more`] : [];
  return `${path}: ${[...named, ...more].join("; ")}`;
}

function cut(text: string | undefined): string | undefined {
  return text?.slice(0, mostConfigCharacters + 1);
}
