import { readFile, stat } from "node:fs/promises";
import { basename, dirname, join, resolve } from "node:path";
import { yamlReader } from "../../adapters/yaml/yaml-reader.ts";
import { visibleText } from "../../core/check-run/visible-text.ts";
import { configPath } from "../../core/pipeline/repository-config.ts";
import { openPolicy } from "../../core/planning/policy/policy.ts";
import { readPolicy } from "../../core/planning/policy/read-policy.ts";
import { readRunnerConfig } from "../../core/planning/runner-config/read-runner-config.ts";
import type { RunnerConfig } from "../../core/planning/runner-config/runner-config.ts";
import { formats } from "./formats/formats.ts";
import type { Finding, Format } from "./formats/formats.ts";
import { inheritOption } from "./inherit-option.ts";
import { checkRepository } from "./lint/check-repository.ts";
import type { CheckedRepository, RepositoryCheck } from "./lint/check-repository.ts";
import { findingsOf, sortFindings } from "./lint/findings.ts";
import { readLocalRepository } from "./local-repository.ts";
import type { LocalRepository } from "./local-repository.ts";
import type { Write } from "./program.ts";

export type LintOptions = {
  readonly format: Format;
  /** The operator's policy; without it everything is allowed. */
  readonly policy?: string | undefined;
  /** The organisation's runners; without it there are none. */
  readonly inherit?: string | undefined;
  /** First part of the labels that are ours, in lower case. */
  readonly prefix: string;
};

/**
 * Checks files (`.github/runner.yml`, a workflow, or a `policy.yml`), and of directories their repository's
 * `.github/runner.yml` together with its workflows; writes every problem. Resolves with the exit code: 1 when one of
 * them is an error, 2 when a path cannot be read. A repository without `.github/runner.yml` is fine.
 */
export async function lint(paths: readonly string[], options: LintOptions, write: Write): Promise<number> {
  const findings: Finding[] = [];
  let unread = false;
  const attempt = async (path: string, read: () => Promise<readonly Finding[]>): Promise<void> => {
    try {
      findings.push(...(await read()));
    } catch (error) {
      unread = true;
      write.error(`${path}: cannot be read: ${error instanceof Error ? error.message : String(error)}\n`);
    }
  };
  let policy = openPolicy;
  let owners: RunnerConfig | undefined;
  const { policy: policyFile, inherit, format, prefix } = options;
  if (policyFile !== undefined) {
    await attempt(policyFile, async () => {
      const operators = readPolicy(await readFile(policyFile, "utf8"), yamlReader());
      if (operators.policy === undefined) write.error(`${policyFile}: has errors, hence nothing is held against it\n`);
      policy = operators.policy ?? openPolicy;
      return findingsOf(policyFile, operators.problems, "policy");
    });
  }
  if (inherit !== undefined) {
    await attempt(inherit, async () => {
      const { config, problems } = readRunnerConfig(await readFile(inherit, "utf8"), yamlReader(), policy);
      if (config === undefined) write.error(`${inherit}: ${inheritOption.broken}\n`);
      owners = config ?? { runners: new Map(), file: {} };
      return findingsOf(inherit, problems, "runners");
    });
  }
  const checks: Checks = { policy, owners, labelPrefix: prefix, write, repositories: new Map() };
  for (const path of paths) await attempt(path, () => check(path, checks));
  const sorted = sortFindings(findings);
  write.out(formats[format](sorted));
  if (unread) return 2;
  return sorted.some(({ severity }) => severity === "error") ? 1 : 0;
}

type CheckedOnce = { readonly repository: LocalRepository; readonly checked: CheckedRepository };

/** What is held against what; each repository is read once. */
type Checks = RepositoryCheck & {
  readonly write: Write;
  readonly repositories: Map<string, CheckedOnce>;
};

async function check(path: string, checks: Checks): Promise<readonly Finding[]> {
  if ((await stat(path)).isDirectory()) return await checkDirectory(path, checks);
  if (isWorkflow(path)) return await checkWorkflow(path, checks);
  const text = await readFile(path, "utf8");
  if (/^(?:.+\.)?policy\.ya?ml$/.test(basename(path))) {
    return findingsOf(path, readPolicy(text, yamlReader()).problems, "policy");
  }
  return findingsOf(path, readRunnerConfig(text, yamlReader(), checks.policy).problems, "runners");
}

async function checkDirectory(path: string, checks: Checks): Promise<readonly Finding[]> {
  const { repository, checked } = await checkOnce(path, checks);
  if (repository.configText === undefined) {
    checks.write.error(`${join(repository.top, configPath)}: not there, which is fine: the defaults are used\n`);
  }
  tellUnchecked(checked.unchecked, checks.write);
  return checked.findings;
}

/** One workflow against its repository; the other workflows tell who else has its labels. */
async function checkWorkflow(path: string, checks: Checks): Promise<readonly Finding[]> {
  const { checked } = await checkOnce(join(dirname(path), "..", ".."), checks);
  const isThis = (one: { readonly path: string }): boolean => resolve(one.path) === resolve(path);
  tellUnchecked(checked.unchecked.filter(isThis), checks.write);
  return checked.findings.filter(isThis).map((finding) => ({ ...finding, path }));
}

async function checkOnce(directory: string, checks: Checks): Promise<CheckedOnce> {
  const { repositories } = checks;
  const known = repositories.get(directory);
  if (known !== undefined) return known;
  const repository = await readLocalRepository(directory);
  const checked = { repository, checked: await checkRepository(repository, checks) };
  repositories.set(directory, checked);
  return checked;
}

function isWorkflow(path: string): boolean {
  return /[\\/]\.github[\\/]workflows[\\/][^\\/]+\.ya?ml$/.test(resolve(path));
}

function tellUnchecked(unchecked: CheckedRepository["unchecked"], write: Write): void {
  for (const { path, reason } of unchecked) write.error(`${visibleText(`${path}: not checked: ${reason}`)}\n`);
}
