import { catalogue } from "../errors/catalogue.ts";
import type { Job } from "../model/job.ts";
import type { Run } from "../model/run.ts";
import type { Runner } from "../model/runner.ts";
import type { Annotation, CheckRun, WorkflowJob } from "../ports.ts";
import { cancelNote } from "./cancel-note.ts";
import { duration } from "./duration.ts";
import { findWorkflowJob } from "./job-line.ts";
import { logStreamUrl, logTailCommand } from "./links.ts";
import { inertMarkdown, linkTarget, markdownTable } from "./markdown.ts";
import { rerunNote } from "./rerun-note.ts";
import { sentence } from "./sentence.ts";
import { placementReasons, placeOf } from "./placement.ts";
import { visibleText } from "./visible-text.ts";

/** GitHub takes 65,535 characters of summary. */
const mostSummaryCharacters = 60_000;
const mostTextCharacters = 60_000;

/** Everything that the check run of one workflow run attempt is made of. */
export type ReportFacts = {
  readonly run: Run;
  readonly jobs: readonly Job[];
  /** Runners that ran the jobs, by name. */
  readonly runners: ReadonlyMap<string, Runner>;
};

/** The workflow file of the run, for the lines of its jobs. */
export type WorkflowFile = { readonly path: string; readonly jobs: readonly WorkflowJob[] };

/** Jobs about which nothing more is expected. */
export function isEnded(job: Job): boolean {
  return job.state === "completed" || job.state === "lost" || job.state === "refused";
}

/** Jobs whose author should hear of it before the run ends. */
export function hasProblem(job: Job): boolean {
  return job.state === "refused" || job.state === "lost" || (!isEnded(job) && job.reason !== undefined);
}

/** The check run without annotations: one row a job, problems first with what to do about them. Pure. */
export function composeCheckRun(facts: ReportFacts): CheckRun {
  const { run, jobs } = facts;
  const open = jobs.filter((job) => !isEnded(job));
  const failed = jobs.filter((job) => job.state === "refused" || job.state === "lost");
  const finished = run.completedAtMs !== undefined || failed.length > 0 || open.length === 0;
  const table = markdownTable(
    ["Job", "Runs on", "Waited", "Ran", "Result", "Logs"],
    jobs.map((job) => row(facts, job)),
    mostSummaryCharacters - 10_000,
  );
  return {
    name: shown(`Mayfly / ${run.workflowName}`, 200),
    headSha: run.headSha,
    externalId: run.key,
    status: finished ? "completed" : "in_progress",
    conclusion: finished ? (failed.length > 0 ? "failure" : open.length > 0 ? "neutral" : "success") : undefined,
    title: title(jobs, open.length, failed.length),
    summary: [table, ...problems(jobs), ...cancelNote(run), ...rerunNote(run)]
      .join("\n\n")
      .slice(0, mostSummaryCharacters)
      .toWellFormed(),
    text: placements(facts),
    annotations: [],
  };
}

function title(jobs: readonly Job[], open: number, failed: number): string {
  if (failed > 0) return `${failed} of ${count(jobs.length)} got no runner or lost it`;
  if (open > 0) return `${open} of ${count(jobs.length)} not ended yet`;
  return `${count(jobs.length)}, each on a runner of its own`;
}

function count(jobs: number): string {
  return jobs === 1 ? "1 job" : `${jobs} jobs`;
}

function problems(jobs: readonly Job[]): string[] {
  return jobs.flatMap((job) => {
    if (job.reason === undefined) return [];
    const { code, detail, position } = job.reason;
    const place = position === undefined ? "" : ` It is number ${position} in the line.`;
    const entry = catalogue[code];
    return [
      `**${markdown(job.name, 200)}** (${code}): ${entry.message} ${sentence(markdown(detail, 500))}${place}\n` +
        `What to do: ${entry.remedy}`,
    ];
  });
}

/** Why each job ran where it did: GitHub folds it away below the summary. */
function placements(facts: ReportFacts): string | undefined {
  const lines = facts.jobs.flatMap((job) => {
    const reasons = placementReasons(job, runnerOf(facts, job));
    return reasons.length === 0 ? [] : [`- **${markdown(job.name, 200)}**: ${markdown(reasons.join(" "), 2000)}`];
  });
  let size = 0;
  const kept = lines.filter((line) => (size += line.length + 1) < mostTextCharacters);
  return kept.length === 0 ? undefined : kept.join("\n");
}

function row(facts: ReportFacts, job: Job): string[] {
  const runner = runnerOf(facts, job);
  const link = logLink(job, runner);
  const page = linkTarget(job.htmlUrl);
  const name = markdown(job.name, 200);
  return [
    page === undefined ? name : `[${name}](${page})`,
    markdown(placeOf(job, runner), 100),
    job.startedAtMs === undefined ? "–" : duration(job.startedAtMs - job.queuedAtMs),
    job.startedAtMs === undefined || job.completedAtMs === undefined
      ? "–"
      : duration(job.completedAtMs - job.startedAtMs),
    markdown(job.conclusion ?? job.state, 40),
    link === undefined ? "–" : `[CloudWatch](${link})`,
  ];
}

/** Text of other people on one line, nothing hidden in it, for places without Markdown. */
function shown(text: string, mostCharacters: number): string {
  return visibleText(text).slice(0, mostCharacters).toWellFormed() || "–";
}

/** The same for Markdown: cut before it is escaped, so that no escape is cut. */
function markdown(text: string, mostCharacters: number): string {
  return inertMarkdown(shown(text, mostCharacters));
}

function runnerOf(facts: ReportFacts, job: Job): Runner | undefined {
  return job.runnerName === undefined ? undefined : facts.runners.get(job.runnerName);
}

/** Console link to the log stream that the job's machine wrote, for the time that the job ran and a minute around. */
export function logLink(job: Job, runner: Runner | undefined): string | undefined {
  if (runner?.logGroup === undefined || runner.logStream === undefined) return undefined;
  const startMs = (runner.claimedAtMs ?? runner.createdAtMs) - 60_000;
  const endMs = (job.completedAtMs ?? runner.endedAtMs ?? startMs + 900_000) + 60_000;
  return logStreamUrl({ region: runner.region, group: runner.logGroup, stream: runner.logStream, startMs, endMs });
}

/** The annotation of an ended job, on the line of the workflow file where its key stands. */
export function composeAnnotation(facts: ReportFacts, workflow: WorkflowFile, job: Job): Annotation {
  const line = findWorkflowJob(job.name, workflow.jobs)?.line ?? 1;
  const runner = runnerOf(facts, job);
  const ran = job.startedAtMs === undefined ? undefined : (job.completedAtMs ?? 0) - job.startedAtMs;
  const parts = [
    `${shown(job.name, 150)}: ${job.conclusion ?? job.state}`,
    placeOf(job, runner),
    ...(ran === undefined ? [] : [duration(ran)]),
  ];
  return {
    // a path that is not what it looks like leads nobody there
    path: visibleText(workflow.path) === workflow.path ? workflow.path : ".github",
    startLine: line,
    endLine: line,
    level: job.state === "completed" ? "notice" : "failure",
    title: shown(parts.join(" · "), 255),
    message: annotationMessage(job, runner).slice(0, 10_000).toWellFormed(),
  };
}

function annotationMessage(job: Job, runner: Runner | undefined): string {
  const lines: string[] = [];
  if (job.reason !== undefined) {
    const entry = catalogue[job.reason.code];
    lines.push(`${job.reason.code}: ${entry.message} ${sentence(job.reason.detail)}`, `What to do: ${entry.remedy}`);
  }
  lines.push(...placementReasons(job, runner));
  const link = logLink(job, runner);
  if (runner === undefined) lines.push("No runner of Mayfly ran it.");
  else if (link === undefined) lines.push(`Runner ${runner.name}; its machine never told its log stream.`);
  else {
    lines.push(`Runner ${runner.name} in ${runner.region}.`, `Logs: ${link}`);
    lines.push(`Or: ${logTailCommand(runner.region, runner.logGroup ?? "", runner.logStream ?? "")}`);
  }
  // each on its own line, so that no text of other people can look like a line of ours
  return lines.map((line) => visibleText(line)).join("\n");
}
