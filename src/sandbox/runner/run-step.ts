import { randomUUID } from "node:crypto";
import { writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import type { StepDefinition } from "../workflow/definition.ts";
import { evaluateCondition, evaluateTemplate, evaluateValue } from "../../adapters/workflow-file/expressions.ts";
import type { Contexts, Functions } from "../../adapters/workflow-file/expressions.ts";
import { checkout } from "./checkout.ts";
import { hashFiles } from "./hash-files.ts";
import { fail, runCommand } from "./run-command.ts";
import { stepContexts } from "./running-job.ts";
import type { RunningJob, StepResult } from "./running-job.ts";
import { shellOf } from "./shell-command.ts";
import type { ReportedStep } from "./step-report.ts";

type Scope = { readonly contexts: Contexts; readonly functions: Functions; readonly env: Record<string, string> };

/** Runs one step of a job if its condition holds, and takes its result into the job. Never rejects. */
export async function runStep(job: RunningJob, step: StepDefinition, reported: ReportedStep): Promise<void> {
  const result = await evaluateAndRun(job, step, reported);
  if (step.id !== undefined) job.steps[step.id] = result;
  if (result.conclusion === "failure" && job.status === "success") job.status = "failure";
  reported.end(result.conclusion);
}

/** Name of a step before its expressions can be evaluated. */
export function writtenName(step: StepDefinition): string {
  return step.name ?? `Run ${step.uses ?? firstLine(step.run ?? "")}`;
}

async function evaluateAndRun(job: RunningJob, step: StepDefinition, reported: ReportedStep): Promise<StepResult> {
  try {
    const functions: Functions = {
      hashFiles: (...patterns) => hashFiles(job.folders.workspace, patterns.map(String)),
    };
    const shared = stepContexts(job);
    const env = mapValues(step.env, (value) => evaluateTemplate(value, shared, functions));
    const scope: Scope = { contexts: stepContexts(job, env), functions, env };
    if (!evaluateCondition(step.if, scope.contexts, job.status, functions)) return ended("skipped");
    const name = evaluateTemplate(writtenName(step), scope.contexts, functions);
    reported.begin(name);
    const { outcome, outputs } = await (step.uses === undefined
      ? runScript(job, step, scope, name)
      : useAction(job, step, step.uses, scope, name));
    const forgiven = outcome === "failure" && valueOf(step.continueOnError, scope) === true;
    return ended(outcome, forgiven ? "success" : outcome, outputs);
  } catch (error) {
    fail(job, error instanceof Error ? error.message : String(error));
    return ended("failure");
  }
}

function ended(
  outcome: StepResult["outcome"],
  conclusion: StepResult["conclusion"] = outcome,
  outputs: StepResult["outputs"] = {},
): StepResult {
  return { outputs, outcome, conclusion };
}

async function runScript(job: RunningJob, step: StepDefinition, scope: Scope, name: string) {
  const { contexts, functions, env } = scope;
  const evaluated = (text: string): string => evaluateTemplate(text, contexts, functions);
  const defaults = { ...job.message.workflow.defaults.run, ...job.message.job.defaults.run };
  const script = evaluated(step.run ?? "");
  const written = step.shell ?? defaults.shell;
  const shell = shellOf(written === undefined ? undefined : evaluated(written));
  const folder = step.workingDirectory ?? defaults.workingDirectory;
  const file = join(job.folders.temp, `${randomUUID()}${shell.extension}`);
  writeFileSync(file, `${script}\n`);
  job.log.line(`##[group]Run ${firstLine(script)}`);
  for (const line of script.replace(/\n$/, "").split("\n")) job.log.line(line);
  const minutes = Number(valueOf(step.timeoutMinutes, scope) ?? 0);
  return runCommand(job, {
    command: (path) => shell.command(file, path),
    cwd: resolve(job.folders.workspace, folder === undefined ? "" : evaluated(folder)),
    env: { ...job.env, ...env },
    timeoutMinutes: minutes > 0 ? minutes : undefined,
    stepName: name,
  });
}

function useAction(job: RunningJob, step: StepDefinition, uses: string, { contexts, functions }: Scope, name: string) {
  job.log.line(`##[group]${name}`);
  job.log.line("##[endgroup]");
  const inputs = mapValues(step.with ?? {}, (value) => evaluateTemplate(value, contexts, functions));
  const { github, workspaceFiles: files } = job.message;
  const { repository = github["repository"], ref = "", path = "" } = inputs;
  const isOwn =
    repository === github["repository"] && ["", github["sha"], github["ref"], github["ref_name"]].includes(ref);
  if (!/^actions\/checkout@/i.test(uses) || files === undefined || !isOwn) {
    job.log.line(`Skipped by the stand-in: uses ${uses} (it cannot fetch actions)`);
    return { outcome: "skipped", outputs: {} } as const;
  }
  const count = checkout(files, resolve(job.folders.workspace, path));
  job.log.line(`Done by the stand-in: ${uses} (wrote ${String(count)} files of the commit, without their history)`);
  return { outcome: "success", outputs: {} } as const;
}

function valueOf(written: boolean | number | string | undefined, { contexts, functions }: Scope): unknown {
  return typeof written === "string" ? evaluateValue(written, contexts, functions) : written;
}

function mapValues(record: Readonly<Record<string, string>>, change: (value: string) => string) {
  return Object.fromEntries(Object.entries(record).map(([key, value]) => [key, change(value)]));
}

function firstLine(script: string): string {
  return script.trimStart().split("\n")[0]?.trimEnd() ?? "";
}
