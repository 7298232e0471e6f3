import { nearest } from "../../../core/planning/nearest.ts";
import type { WorkflowJobFacts, WorkflowsFacts } from "../../../core/planning/workflows/workflow-facts.ts";
import { WrongInput } from "./wrong-input.ts";

/**
 * The sets of labels that a job of a workflow asks for, by the job's key or its `name`; at least one. Rejects what cannot
 * be told without a run.
 */
export function labelsOfJob(facts: WorkflowsFacts, path: string, name: string): readonly (readonly string[])[] {
  const jobs = facts.jobs.filter((one) => one.path === path);
  const unread = facts.unread.find((one) => one.path === path);
  if (jobs.length === 0 && unread !== undefined) throw new WrongInput(`${path}: ${unread.reason}`);
  const job = jobs.find(({ key }) => key === name) ?? jobs.find((one) => one.name === name);
  if (job === undefined) throw new WrongInput(missing(jobs, path, name));
  const place = `${path}:${job.runsOn.line}: the job \`${job.key}\``;
  if (job.labelSets === "unknown") {
    throw new WrongInput(`${place} has a \`runs-on\` that is known in a run only: name its labels with --labels`);
  }
  if (job.labelSets.length === 0) {
    throw new WrongInput(`${place} has no \`runs-on\`: name the workflow that it calls, and a job of that one`);
  }
  return job.labelSets;
}

function missing(jobs: readonly WorkflowJobFacts[], path: string, name: string): string {
  const keys = jobs.map(({ key }) => key);
  const meant = nearest(name, keys);
  const hint = meant === undefined ? "" : ` Did you mean ${meant}?`;
  const known = keys.length === 0 ? "it has no jobs" : `its jobs are ${keys.join(", ")}`;
  return `${path}: there is no job ${name}; ${known}.${hint}`;
}
