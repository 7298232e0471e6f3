import type { WorkflowJob } from "../ports.ts";

/**
 * The job of the workflow file that a job's name on GitHub came from: by its key, its `name:`, the matrix form
 * `key (a, b)`, or a `name:` with expressions. A called workflow's jobs are named `caller / called`.
 */
export function findWorkflowJob(name: string, jobs: readonly WorkflowJob[]): WorkflowJob | undefined {
  const caller = name.split(" / ")[0] ?? name;
  for (const candidate of new Set([name, caller])) {
    const found =
      jobs.find((job) => (job.name ?? job.key) === candidate) ??
      jobs.find((job) => candidate.startsWith(`${job.name ?? job.key} (`) && candidate.endsWith(")")) ??
      jobs.find((job) => job.name !== undefined && matchesTemplate(job.name, candidate));
    if (found !== undefined) return found;
  }
  return undefined;
}

/** Compares literally piece by piece, so that no pattern of a stranger's making is ever compiled. */
function matchesTemplate(template: string, name: string): boolean {
  const pieces = template.split(/\$\{\{[^}]*\}\}/);
  if (pieces.length < 2) return false;
  const [first = "", ...rest] = pieces;
  if (!name.startsWith(first)) return false;
  let from = first.length;
  for (const [index, piece] of rest.entries()) {
    const last = index === rest.length - 1;
    const at = last ? Math.max(from, name.length - piece.length) : name.indexOf(piece, from);
    if (at < 0 || !name.startsWith(piece, at)) return false;
    from = at + piece.length;
  }
  return from === name.length;
}
