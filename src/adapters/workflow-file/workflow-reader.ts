import type { WorkflowJob, WorkflowReader } from "../../core/ports.ts";
import { readDocument } from "./read-document.ts";

/**
 * Finds jobs in workflow files by GitHub's own parser, which is loaded with the first file. Of a file that GitHub
 * would refuse `jobs` gives the jobs that can still be recognised; it never rejects.
 */
export function workflowReader(): WorkflowReader {
  return {
    async jobs(path, text) {
      const { plain, jobLines } = await readDocument(path, text);
      const jobs = plain?.["jobs"];
      return [...jobLines].map(([key, line]): WorkflowJob => ({ key, line, name: writtenName(jobs, key) }));
    },
    async facts(files) {
      // What evaluates expressions takes as long to load as the parser; most processes never need it.
      const { workflowFacts } = await import("./workflow-facts.ts");
      return workflowFacts(files);
    },
  };
}

function writtenName(jobs: unknown, key: string): string | undefined {
  const job = property(jobs, key);
  const name = property(job, "name");
  if (typeof name === "string") return name === "" ? undefined : name;
  return typeof name === "number" || typeof name === "boolean" ? String(name) : undefined;
}

function property(value: unknown, key: string): unknown {
  return typeof value === "object" && value !== null && Object.hasOwn(value, key)
    ? (value as Record<string, unknown>)[key]
    : undefined;
}
