import type { Repository } from "../../src/core/model/repository.ts";
import type { JobFacts } from "../../src/core/ports.ts";
import { repository } from "./records.ts";

/** What every delivery of an installation says. */
function envelope(of: Repository): Record<string, unknown> {
  const { id, name, owner, installationId, ownedByOrganization, private: isPrivate } = of;
  const type = ownedByOrganization === undefined ? undefined : ownedByOrganization ? "Organization" : "User";
  return {
    installation: { id: installationId },
    repository: { id, name, owner: { login: owner, type }, private: isPrivate },
  };
}

/** The webhook payload of a workflow run that has ended. */
export function runPayload(runId: number, runAttempt = 1, of: Repository = repository): unknown {
  const run = { id: runId, run_attempt: runAttempt, path: ".github/workflows/ci.yml", status: "completed" };
  return { ...envelope(of), action: "completed", workflow_run: run };
}

/** The webhook payload of a job, as GitHub spells it. */
export function jobPayload(action: string, job: JobFacts, of: Repository = repository): unknown {
  const time = (ms: number | undefined): string | null => (ms === undefined ? null : new Date(ms).toISOString());
  return {
    ...envelope(of),
    action,
    workflow_job: {
      id: job.id,
      run_id: job.runId,
      run_attempt: job.runAttempt,
      name: job.name,
      workflow_name: job.workflowName,
      head_sha: job.headSha,
      head_branch: job.headBranch,
      html_url: job.htmlUrl,
      labels: job.labels,
      status: job.status,
      conclusion: job.conclusion ?? null,
      runner_id: job.runnerId ?? null,
      runner_name: job.runnerName ?? null,
      runner_group_id: job.runnerGroupId ?? null,
      created_at: time(job.createdAtMs),
      started_at: time(job.startedAtMs),
      completed_at: time(job.completedAtMs),
    },
  };
}
