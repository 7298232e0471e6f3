import { setTimeout as pause } from "node:timers/promises";
import { readJobReports } from "./job-reports.ts";
import type { JobReport } from "./job-reports.ts";
import type { Output } from "./output/output.ts";
import { counted } from "./output/counted.ts";
import type { LocalRepository } from "./read-repository.ts";
import type { Sandbox } from "./sandbox-session.ts";
import type { World, WorldView } from "./stand-ins/world.ts";
import { exitCode, ourJobs, summarize, unfinished } from "./summary.ts";

const lookEveryMs = 150;

/** Nothing at all has changed for so long: something is stuck, and saying so beats waiting. */
const patienceMs = 150_000;

/**
 * Pushes the repository, unless that has been done, and shows what happens until everything of ours has ended;
 * resolves with the exit code.
 */
export async function runSandbox(
  sandbox: Sandbox,
  repository: LocalRepository,
  workflow: string | undefined,
  output: Output,
  signal: AbortSignal,
): Promise<number> {
  const { world } = sandbox;
  // a start that is gone on with may have died before its push
  if ((await world.look()).runs.length === 0) await push(world, repository, workflow, output);
  const stuck = await watch(sandbox, output, signal);
  for (const reason of stuck) output.alarm(`not finished: ${reason}`);
  const view = await world.look();
  for (const violation of view.violations) output.alarm(`breaks GitHub's API description: ${violation}`);
  const reports = await readJobReports(sandbox, view);
  noteOthers(sandbox, view, reports, output);
  output.jobs(reports);
  for (const checkRun of await world.checkRuns()) output.checkRun(checkRun);
  const summary = summarize(sandbox, view, reports);
  output.summary(summary);
  const started = view.runs.length > 0 && view.runs.every((run) => run.errors.length === 0);
  return started && stuck.length + view.violations.length === 0 ? exitCode(summary) : 1;
}

async function push(
  world: World,
  { owner, name, files }: LocalRepository,
  workflow: string | undefined,
  output: Output,
): Promise<void> {
  const runs = await world.push({ owner, name, private: true, files, ...(workflow && { workflow }) });
  const pushed = [counted(Object.keys(files).length, "file"), counted(runs.length, "workflow run")];
  output.note(`pushed ${owner}/${name}: ${pushed.join(", ")}`);
  for (const run of runs) for (const error of run.errors) output.alarm(`${run.name} cannot start: ${error}`);
  if (runs.length === 0) output.alarm("no workflow of it starts on push; --workflow FILE runs one whatever its `on:`");
}

/** Jobs that Mayfly had nothing to do with, so that nobody looks for them in vain. */
function noteOthers(sandbox: Sandbox, view: WorldView, reports: readonly JobReport[], output: Output): void {
  const ours = new Set(ourJobs(sandbox, view, reports).map((job) => job.id));
  for (const job of view.jobs.filter((one) => !ours.has(one.id) && one.conclusion !== "skipped")) {
    const fate = job.hosted ? "ended as a success, not executed" : `stays ${job.status}`;
    output.note(`${job.name} is not ours (${job.labels.join(", ")}): ${fate}`);
  }
}

/** Resolves with what is left open: nothing in the end, or what was still open when nothing moved any more. */
async function watch(sandbox: Sandbox, output: Output, signal: AbortSignal): Promise<string[]> {
  let last = "";
  let movedAtMs = Date.now();
  for (;;) {
    const view = await sandbox.world.look();
    const reports = await readJobReports(sandbox, view);
    output.jobs(reports);
    const open = await unfinished(sandbox, view, reports);
    if (open.length === 0) return [];
    const state = JSON.stringify([open, reports.map(({ job }) => [job.id, job.version])]);
    if (state !== last) movedAtMs = Date.now();
    last = state;
    if (signal.aborted || Date.now() - movedAtMs > patienceMs) return open;
    await pause(lookEveryMs);
  }
}
