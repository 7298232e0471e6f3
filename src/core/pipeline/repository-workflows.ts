import type { Core } from "../core.ts";
import type { Repository } from "../model/repository.ts";
import { repositoryFileKey } from "../model/repository-file.ts";
import { mayBeOurs } from "../planning/labels.ts";
import type { WorkflowJobFacts, WorkflowsFacts } from "../planning/workflows/workflow-facts.ts";
import { readCachedFile } from "./cached-file.ts";
import { defaultBranchSha } from "./default-branch-sha.ts";
import type { JobOfBranch } from "./default-branch-sha.ts";

export const workflowsPath = ".github/workflows";

/** More workflow files than any repository has; what is beyond them is unknown. */
const mostFiles = 100;

/** Larger workflow files are not read. */
const mostBytes = 512 * 1024;

/** What the store keeps: facts of all files, and the files' digests, so that only what has changed is read again. */
type Kept = { readonly shas: readonly string[]; readonly facts: WorkflowsFacts };

/**
 * What the workflows of the default branch ask for, at most `fileSeconds` old: one call to GitHub as long as no file has
 * changed. Undefined when they cannot be read.
 */
export async function readWorkflows(
  core: Core,
  repository: Repository,
  job: JobOfBranch,
): Promise<WorkflowsFacts | undefined> {
  const key = repositoryFileKey(repository.id, workflowsPath);
  const read = async (): Promise<string | undefined> => {
    const known = keptIn((await core.store.files.read(key))?.text);
    const entries = ((await core.github.listFiles(repository, workflowsPath)) ?? []).filter(({ path }) =>
      /\.ya?ml$/.test(path),
    );
    const shas = entries.map(({ path, sha }) => `${path}@${sha}`);
    if (known !== undefined && isSame(known.shas, shas)) return JSON.stringify(known);
    const fitting = entries.filter(({ bytes }, index) => index < mostFiles && bytes <= mostBytes);
    const files = await Promise.all(
      fitting.map(async ({ path }) => ({ path, text: (await core.github.readFile(repository, path)) ?? "" })),
    );
    const facts = await core.workflows.facts(files);
    const left = entries.filter((entry) => !fitting.includes(entry));
    const unread = [...facts.unread, ...left.map(({ path }) => ({ path, reason: "it is too large, or one too many" }))];
    const jobs = facts.jobs.filter(({ labelSets }) => isOfInterest(core, labelSets));
    const text = JSON.stringify({ shas, facts: { jobs, unread } } satisfies Kept);
    return text.length <= mostKept ? text : JSON.stringify({ shas, facts: { jobs: [], unread: [tooMuch] } });
  };
  const { text } = await readCachedFile(core, { key, sha: defaultBranchSha(repository, job), read });
  return keptIn(text)?.facts;
}

/** What is kept must fit into one record of any database; DynamoDB takes 400 KB. */
const mostKept = 300_000;
const tooMuch = { path: workflowsPath, reason: "what its files ask for is too much to be kept" };

/** Jobs of GitHub's own runners never take one of ours. */
function isOfInterest(core: Core, labelSets: WorkflowJobFacts["labelSets"]): boolean {
  return labelSets === "unknown" || labelSets.some((labels) => mayBeOurs(labels, core.settings.labelPrefix));
}

/** The record is ours; its shape is what this file wrote. */
function keptIn(text: string | undefined): Kept | undefined {
  return text === undefined ? undefined : (JSON.parse(text) as Kept);
}

function isSame(left: readonly string[], right: readonly string[]): boolean {
  return left.length === right.length && left.every((one, index) => one === right[index]);
}
