import { readJobFacts } from "../../core/pipeline/job-facts.ts";
import type { JobFacts } from "../../core/ports.ts";

/** A job as GitHub gives it, alone or in a list; throws when it lacks what is always there. */
export function jobFacts(job: unknown): JobFacts {
  const facts = readJobFacts(job);
  if (facts === undefined) throw new Error("the job lacks a fact that is always there");
  return facts;
}
