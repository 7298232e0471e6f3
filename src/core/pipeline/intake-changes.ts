import type { Repository } from "../model/repository.ts";
import type { Message } from "../ports.ts";
import { fieldsOf, someText } from "./payload-fields.ts";
import { configPath } from "./repository-config.ts";
import { workflowsPath } from "./repository-workflows.ts";

/** GitHub names the commits of a push up to this number; of a larger one nobody knows what it changed. */
const mostCommits = 2048;

/** What a push means to plans, or why nothing: only one to the default branch that changes what they rest on counts. */
export function readPush(payload: Readonly<Record<string, unknown>>, repository: Repository): Message | string {
  const { defaultBranch } = repository;
  const isDefault = defaultBranch !== undefined && payload["ref"] === `refs/heads/${defaultBranch}`;
  if (!isDefault) return "no push to the default branch";
  const commits: unknown[] = Array.isArray(payload["commits"]) ? payload["commits"] : [];
  const isUnknown = payload["forced"] === true || commits.length >= mostCommits;
  const touched = commits.flatMap((commit) => changedBy(fieldsOf(commit)));
  const paths = [
    ...(isUnknown || touched.includes(configPath) ? [configPath] : []),
    ...(isUnknown || touched.some((path) => path.startsWith(`${workflowsPath}/`)) ? [workflowsPath] : []),
  ];
  return paths.length === 0 ? "no file that plans rest on" : { kind: "changed", repository, paths };
}

function changedBy(commit: Readonly<Record<string, unknown>>): string[] {
  return ["added", "modified", "removed"].flatMap((key) => {
    const paths: unknown = commit[key];
    return Array.isArray(paths) ? paths.filter((path) => typeof path === "string") : [];
  });
}

const newHead: ReadonlySet<unknown> = new Set(["opened", "synchronize", "reopened"]);

/** A pull request whose head may bring another `.github/runner.yml`, or why nothing is to be done. */
export function readPullRequest(payload: Readonly<Record<string, unknown>>, repository: Repository): Message | string {
  const headSha = someText(fieldsOf(fieldsOf(payload["pull_request"])["head"])["sha"]);
  if (headSha === undefined || !newHead.has(payload["action"])) return "nothing new in the pull request";
  return { kind: "lint", repository, headSha };
}
