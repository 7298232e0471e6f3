import { join } from "node:path";
import { workflowReader } from "../../../adapters/workflow-file/workflow-reader.ts";
import { yamlReader } from "../../../adapters/yaml/yaml-reader.ts";
import { configPath } from "../../../core/pipeline/repository-config.ts";
import type { Policy } from "../../../core/planning/policy/policy.ts";
import { inheritConfig } from "../../../core/planning/runner-config/inherit-config.ts";
import { readRunnerConfig } from "../../../core/planning/runner-config/read-runner-config.ts";
import type { RunnerConfig } from "../../../core/planning/runner-config/runner-config.ts";
import { checkWorkflows } from "../../../core/planning/workflows/check-workflows.ts";
import type { WorkflowFinding } from "../../../core/planning/workflows/check-workflows.ts";
import type { Finding } from "../formats/formats.ts";
import { inheritOption } from "../inherit-option.ts";
import type { LocalRepository } from "../local-repository.ts";
import { findingsOf, helpPages } from "./findings.ts";

export type CheckedRepository = {
  readonly findings: readonly Finding[];
  /** Workflow files that could not be checked, and why. */
  readonly unchecked: readonly { readonly path: string; readonly reason: string }[];
};

/** What a repository is checked with. */
export type RepositoryCheck = {
  readonly policy: Policy;
  /** What the organisation's file says; undefined when it was not given. */
  readonly owners: RunnerConfig | undefined;
  readonly labelPrefix: string;
};

/** Checks `.github/runner.yml` and all workflows of a repository together. A repository without the file is fine. */
export async function checkRepository(repository: LocalRepository, check: RepositoryCheck): Promise<CheckedRepository> {
  const { top, configText = "", workflows } = repository;
  const { policy, owners, labelPrefix } = check;
  const yaml = yamlReader();
  const { config, problems } = readRunnerConfig(configText, yaml, policy);
  const facts = await workflowReader().facts(workflows);
  const rangeOf = ({ range, runner = "" }: WorkflowFinding): NonNullable<WorkflowFinding["range"]> =>
    range ?? yaml.read(configText).rangeOf(["runners", runner], "key");
  // An organisation's file is in a repository that need not have any workflows: its runners are for others.
  const isAlone = workflows.length === 0;
  const inherited = config && owners && inheritConfig([config, owners], policy.images);
  const found = isAlone ? [] : checkWorkflows({ config, inherited, workflows: facts, policy, labelPrefix });
  const placed = found.map((finding): Finding => {
    const { path, code, severity } = finding;
    const mayBeInherited = code === "MF-CONFIG-WORKFLOW-RUNNER" && owners === undefined;
    const message = mayBeInherited ? `${finding.message} ${inheritOption.missing}` : finding.message;
    const { line, column, endLine, endColumn } = rangeOf(finding);
    const help = helpPages.runners;
    return { path: join(top, path), line, column, endLine, endColumn, severity, code, message, help };
  });
  // Files that only call workflows of others are unknown in part, and checked all the same.
  const read = new Set(facts.jobs.map(({ path }) => path));
  return {
    findings: [...findingsOf(join(top, configPath), problems, "runners"), ...placed],
    unchecked: facts.unread
      .filter(({ path }) => !read.has(path))
      .map(({ path, reason }) => ({ path: join(top, path), reason })),
  };
}
