import { describeCandidate } from "../model/machine.ts";
import type { Job } from "../model/job.ts";
import { sentence } from "./sentence.ts";
import { duration } from "./duration.ts";
import { candidateOf } from "../model/runner.ts";
import type { Runner } from "../model/runner.ts";

const executionNames = { lambda: "Lambda", ec2: "EC2", microvm: "Lambda MicroVM" } as const;

/** Where a job ran (or is to run), for a narrow column: `Lambda`, `EC2 spot c7i.large`. */
export function placeOf(job: Job, runner: Runner | undefined): string {
  const execution = runner?.execution ?? job.plan?.execution;
  if (execution === undefined) return "–";
  const candidate = runner && candidateOf(runner);
  return candidate === undefined
    ? executionNames[execution]
    : `${executionNames[execution]} ${candidate.market} ${candidate.instanceType}`;
}

/** Why it ran there, what its runner fell back from and what it waited for, as sentences. */
export function placementReasons(job: Job, runner: Runner | undefined): string[] {
  const candidate = runner && candidateOf(runner);
  return [
    ...(job.plan?.reasons ?? []).map((reason) => sentence(`${reason.slice(0, 1).toUpperCase()}${reason.slice(1)}`)),
    ...(runner === undefined || runner.fellBackFrom.length === 0
      ? []
      : [`Fell back from ${runner.fellBackFrom.join(", then ")}.`]),
    ...job.delays.map(
      ({ code, detail, sinceMs, untilMs }) => `Waited ${duration(untilMs - sinceMs)} (${code}): ${sentence(detail)}`,
    ),
    ...escalationNote(job),
    ...(candidate === undefined ? [] : [`Machine: ${describeCandidate(candidate)}${machineOf(runner)}.`]),
  ];
}

/** Words for what a job died of on Lambda. */
const deaths = {
  time: "its time was over",
  memory: "it had too little memory",
  docker: "it needs Docker",
  sudo: "it needs sudo",
  browser: "it needs libraries of a browser",
} as const;

function escalationNote({ escalated }: Job): string[] {
  if (escalated === undefined) return [];
  const until = new Date(escalated.untilMs).toISOString().slice(0, 10);
  return [`It failed on Lambda because ${deaths[escalated.died]}: jobs with its labels run on EC2 until ${until}.`];
}

function machineOf(runner: Runner | undefined): string {
  return runner?.machineId === undefined ? "" : `, ${runner.machineId}`;
}
