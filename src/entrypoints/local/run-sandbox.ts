import { setTimeout as pause } from "node:timers/promises";
import { readJobReports } from "./job-reports.ts";
import type { Output } from "./output/output.ts";
import { counted } from "./output/text-output.ts";
import type { LocalRepository } from "./read-repository.ts";
import type { Sandbox } from "./sandbox-session.ts";
import { exitCode, ourJobs, summarize, unfinished } from "./summary.ts";

const lookEveryMs = 150;

/** Nothing at all has changed for so long: something is stuck, and saying so beats waiting. */
const patienceMs = 150_000;

/** Pushes the repository and shows what happens until everything of ours has ended; resolves with the exit code. */
export async function runSandbox(
  sandbox: Sandbox,
  repository: LocalRepository,
  workflow: string | undefined,
  output: Output,
  signal: AbortSignal,
): Promise<number> {
  const { github } = sandbox;
  const { owner, name, files } = repository;
  const { runs } = await github.pushRepository({ owner, name, private: true, files, ...(workflow && { workflow }) });
  const pushed = [counted(Object.keys(files).length, "file"), counted(runs.length, "workflow run")];
  output.note(`pushed ${owner}/${name}: ${pushed.join(", ")}`);
  for (const run of runs) for (const error of run.errors) output.alarm(`${run.name} cannot start: ${error}`);
  if (runs.length === 0) output.alarm("no workflow of it starts on push; --workflow FILE runs one whatever its `on:`");
  const stuck = await watch(sandbox, output, signal);
  for (const reason of stuck) output.alarm(`not finished: ${reason}`);
  noteOthers(sandbox, output);
  const violations = github.violations();
  for (const violation of violations) output.alarm(`breaks GitHub's API description: ${violation}`);
  const reports = await readJobReports(sandbox);
  output.jobs(reports);
  for (const checkRun of github.checkRuns()) output.checkRun(checkRun);
  const summary = summarize(sandbox, reports);
  output.summary(summary);
  const started = runs.length > 0 && runs.every((run) => run.errors.length === 0);
  return started && stuck.length + violations.length === 0 ? exitCode(summary) : 1;
}

/** Jobs that Mayfly had nothing to do with, so that nobody looks for them in vain. */
function noteOthers(sandbox: Sandbox, output: Output): void {
  const ours = new Set(ourJobs(sandbox).map((job) => job.id));
  for (const job of sandbox.github.jobs().filter((one) => !ours.has(one.id) && one.conclusion !== "skipped")) {
    const fate = job.hosted ? "ended as a success, not executed" : `stays ${job.status}`;
    output.note(`${job.name} is not ours (${job.labels.join(", ")}): ${fate}`);
  }
}

/** Resolves with what is left open: nothing in the end, or what was still open when nothing moved any more. */
async function watch(sandbox: Sandbox, output: Output, signal: AbortSignal): Promise<string[]> {
  let last = "";
  let movedAtMs = Date.now();
  for (;;) {
    const reports = await readJobReports(sandbox);
    output.jobs(reports);
    const open = await unfinished(sandbox, reports);
    if (open.length === 0) return [];
    const state = JSON.stringify([open, reports.map(({ job }) => [job.id, job.version])]);
    if (state !== last) movedAtMs = Date.now();
    last = state;
    if (signal.aborted || Date.now() - movedAtMs > patienceMs) return open;
    await pause(lookEveryMs);
  }
}
