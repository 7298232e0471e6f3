import type { Planned } from "../pipeline/plan.ts";
import type { JobFacts } from "../ports.ts";
import type { Job, Reason } from "./job.ts";
import { poolKey } from "./pool.ts";
import type { Repository } from "./repository.ts";

/** First version of a job's record, in state `queued` or, when the plan refuses it, `refused`. */
export function newJob(facts: JobFacts, repository: Repository, planned: Planned, nowMs: number): Job {
  const reason = reasonOf(planned, nowMs);
  return {
    schema: 1,
    version: 1,
    id: facts.id,
    state: planned.outcome === "refuse" ? "refused" : "queued",
    repository,
    runId: facts.runId,
    runAttempt: facts.runAttempt,
    name: facts.name,
    workflowName: facts.workflowName,
    headSha: facts.headSha,
    headBranch: facts.headBranch,
    htmlUrl: facts.htmlUrl,
    labels: facts.labels,
    pool: poolKey(repository.id, facts.labels),
    plan: planned.outcome === "launch" ? planned.plan : undefined,
    reason,
    delays: [],
    priority: planned.outcome === "launch" ? planned.priority : 0,
    launches: 0,
    runnerName: undefined,
    conclusion: undefined,
    queuedAtMs: facts.createdAtMs === 0 ? nowMs : facts.createdAtMs,
    recordedAtMs: nowMs,
    launchedAtMs: undefined,
    startedAtMs: undefined,
    completedAtMs: undefined,
    checkedAtMs: undefined,
    deliveries: [],
  };
}

function reasonOf(planned: Planned, sinceMs: number): Reason | undefined {
  if (planned.outcome === "refuse") return { code: planned.code, detail: planned.detail, sinceMs };
  if (planned.outcome !== "later") return undefined;
  return { code: planned.decision.tellUser, detail: planned.decision.detail, sinceMs };
}
