import { logLink } from "../../core/check-run/compose.ts";
import type { Job } from "../../core/model/job.ts";
import { runKey } from "../../core/model/run.ts";
import type { Runner } from "../../core/model/runner.ts";
import type { Sandbox } from "./sandbox-session.ts";
import type { WorldView } from "./stand-ins/world.ts";

/** A job of ours as the sandbox tells of it: Mayfly's records and where the log stream's text is kept. */
export type JobReport = {
  readonly job: Job;
  readonly runner: Runner | undefined;
  readonly logFile: string | undefined;
};

/** Every job that Mayfly has recorded for the workflow runs of the fake GitHub, in the order of their ids. */
export async function readJobReports({ world, mayfly }: Sandbox, { runs }: WorldView): Promise<JobReport[]> {
  const keys = runs.map((run) => runKey(run.repositoryId, run.id, run.attempt));
  const jobs = await Promise.all(keys.map((key) => mayfly.store.jobs.list({ index: "run", key })));
  return await Promise.all(
    jobs.flat().map(async (job) => {
      const runner = job.runnerName === undefined ? undefined : await mayfly.store.runners.read(job.runnerName);
      const { logGroup, logStream } = runner ?? {};
      const logFile = logGroup && logStream ? await world.logFile(logGroup, logStream) : undefined;
      return { job, runner, logFile };
    }),
  );
}

/** One line of `--json` for an ended job. */
export function jobEvent({ job, runner, logFile }: JobReport): Record<string, unknown> {
  return {
    event: "job",
    id: job.id,
    name: job.name,
    execution: runner?.execution ?? job.plan?.execution ?? null,
    labels: job.labels,
    runner: job.runnerName ?? null,
    state: job.state,
    conclusion: job.conclusion ?? null,
    ...(job.reason === undefined ? {} : { reason: job.reason }),
    queuedAt: iso(job.queuedAtMs),
    launchedAt: iso(job.launchedAtMs),
    startedAt: iso(job.startedAtMs),
    completedAt: iso(job.completedAtMs),
    logUrl: logLink(job, runner) ?? null,
    logFile: logFile ?? null,
  };
}

function iso(ms: number | undefined): string | null {
  return ms === undefined ? null : new Date(ms).toISOString();
}
