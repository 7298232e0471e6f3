import { newJob } from "../../src/core/model/new-job.ts";
import type { Job, Plan } from "../../src/core/model/job.ts";
import type { Repository } from "../../src/core/model/repository.ts";
import type { JobFacts } from "../../src/core/ports.ts";
import { machineSpec } from "./machine-spec.ts";

export const repository: Repository = { id: 71, owner: "octo", name: "demo", installationId: 5, private: true };

/** Facts of a queued job, as a webhook delivery tells them. */
export function jobFacts(id: number, changes: Partial<JobFacts> = {}): JobFacts {
  return {
    id,
    runId: 900,
    runAttempt: 1,
    name: `job-${id}`,
    workflowName: "CI",
    headSha: "a".repeat(40),
    headBranch: "main",
    htmlUrl: `https://github.com/octo/demo/actions/runs/900/job/${id}`,
    labels: ["mayfly"],
    status: "queued",
    conclusion: undefined,
    runnerName: undefined,
    createdAtMs: Date.UTC(2026, 10, 22, 12),
    startedAtMs: undefined,
    completedAtMs: undefined,
    ...changes,
  };
}

/** A plan for Lambda, with `changes`. */
export function planOf(changes: Partial<Plan> = {}): Plan {
  return {
    execution: "lambda",
    auto: false,
    spec: machineSpec({ memoryMb: 3008, diskGb: 10, timeoutMinutes: 14 }),
    reasons: [],
    runner: "default",
    estimate: { usd: 0.003, seconds: 60 },
    caps: {},
    report: "always",
    ...changes,
  };
}

/** A job's record, first version. */
export function jobRecord(id: number, changes: Partial<Job> = {}): Job {
  const planned = { outcome: "launch", plan: planOf(), priority: 1 } as const;
  return { ...newJob(jobFacts(id), repository, planned, Date.UTC(2026, 10, 22, 12)), ...changes };
}
