import { runKeyOf } from "../../core/model/run.ts";
import { mayBeOurs } from "../../core/planning/labels.ts";
import type { JobReport } from "./job-reports.ts";
import type { Sandbox } from "./sandbox-session.ts";
import type { WorldView } from "./stand-ins/world.ts";

/** Jobs that carry Mayfly's label, or that Mayfly has taken for its own, and were really queued, by GitHub's account. */
export function ourJobs(
  { settings }: Sandbox,
  { jobs }: WorldView,
  reports: readonly JobReport[],
): WorldView["jobs"][number][] {
  const taken = new Set(reports.map(({ job }) => job.id));
  const named = (labels: readonly string[]): boolean =>
    mayBeOurs(
      labels.filter((label) => label.toLowerCase() !== "self-hosted"),
      settings.labelPrefix,
    );
  return jobs.filter((job) => (taken.has(job.id) || named(job.labels)) && job.conclusion !== "skipped");
}

/** What keeps the sandbox from being finished, in words; empty when nothing does. */
export async function unfinished(sandbox: Sandbox, view: WorldView, reports: readonly JobReport[]): Promise<string[]> {
  const { mayfly } = sandbox;
  const open: string[] = [];
  if (!view.githubIdle) open.push("GitHub has deliveries or jobs under way");
  const byId = new Map(reports.map((report) => [report.job.id, report]));
  for (const job of ourJobs(sandbox, view, reports)) {
    const state = byId.get(job.id)?.job.state ?? "unknown";
    if (state === "refused" || (job.status === "completed" && (state === "completed" || state === "lost"))) continue;
    open.push(`job ${job.name} is ${job.status} at GitHub and ${state} at Mayfly`);
  }
  const unwritten = await Promise.all(reports.map((report) => isUnwritten(sandbox, report)));
  if (unwritten.some(Boolean)) open.push("a check run is not written yet");
  const runners = await Promise.all(["lambda", "ec2"].map((key) => mayfly.store.runners.list({ index: "open", key })));
  for (const runner of runners.flat()) open.push(`runner ${runner.name} is ${runner.state}`);
  if (view.runnersLeft > 0) open.push(`${view.runnersLeft} runners are registered at GitHub`);
  if (view.machinesLeft > 0) open.push(`${view.machinesLeft} machines are running`);
  return open;
}

async function isUnwritten({ mayfly }: Sandbox, { job }: JobReport): Promise<boolean> {
  const run = await mayfly.store.runs.read(runKeyOf(job));
  return run !== undefined && run.silenced === undefined && !run.annotated.includes(job.id);
}

export type Summary = {
  readonly event: "summary";
  readonly jobs: number;
  readonly completed: number;
  readonly lost: number;
  readonly launches: number;
  readonly runnersLeft: number;
  readonly machinesLeft: number;
  readonly githubCalls: Readonly<Record<string, number>>;
  readonly awsCalls: Readonly<Record<string, number>>;
};

/** The last line of `--json`: counted by the stand-ins for GitHub and AWS, not by Mayfly. */
export function summarize(sandbox: Sandbox, view: WorldView, reports: readonly JobReport[]): Summary {
  const ours = ourJobs(sandbox, view, reports);
  const completed = ours.filter((job) => job.status === "completed");
  // A job that GitHub never saw end is lost as well, unless Mayfly refused it and said why.
  const known = new Map(reports.map(({ job }) => [job.id, job.state]));
  const died = ours.filter((job) => known.get(job.id) === "lost");
  const neverEnded = ours.filter((job) => job.status !== "completed" && known.get(job.id) !== "refused");
  return {
    event: "summary",
    jobs: ours.length,
    completed: completed.length,
    lost: new Set([...died, ...neverEnded].map((job) => job.id)).size,
    launches: view.launches,
    runnersLeft: view.runnersLeft,
    machinesLeft: view.machinesLeft,
    githubCalls: view.githubCalls,
    awsCalls: view.awsCalls,
  };
}

/** 0 when every job of ours was run and nothing is left, else 1. A job that fails by its own step was run. */
export function exitCode(summary: Summary): number {
  const { jobs, completed, lost, runnersLeft, machinesLeft } = summary;
  return completed === jobs && lost === 0 && runnersLeft === 0 && machinesLeft === 0 ? 0 : 1;
}
