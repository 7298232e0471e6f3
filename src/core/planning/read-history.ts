import type { Execution } from "../model/execution.ts";
import type { Death, History, PastJob } from "./history.ts";
import { describeValue, shorten } from "./runner-config/describe-value.ts";

const executions: readonly Execution[] = ["lambda", "ec2", "microvm"];
const deaths: readonly Death[] = ["time", "memory", "docker", "sudo", "browser"];

type Problem = { readonly problem: string };

/**
 * Reads what `mayfly plan --history` is given: `{"jobs": [{"execution": "lambda", "seconds": 41,
 * "at": "2026-11-01T12:00:00Z", "died": "time"}], "spentTodayUsd": 3}`, where `at` and `died` may be missing; a job
 * without `at` counts as one of now. Jobs may stand in any order. A problem says which value is wrong and what to
 * write instead.
 */
export function readHistory(value: unknown, nowMs: number): History | Problem {
  const fields = readFields("the history", value, ["jobs", "spentTodayUsd"]);
  if (isProblem(fields)) return fields;
  const { jobs = [], spentTodayUsd } = fields;
  if (spentTodayUsd !== undefined && !isAmount(spentTodayUsd)) {
    return wrong("spentTodayUsd", spentTodayUsd, "a number of dollars, 0 or more");
  }
  if (!Array.isArray(jobs)) return wrong("jobs", jobs, "a list of jobs");
  const read: PastJob[] = [];
  for (const [index, job] of jobs.entries()) {
    const past = readJob(`jobs[${index}]`, job, nowMs);
    if (isProblem(past)) return past;
    read.push(past);
  }
  return { jobs: read.toSorted((left, right) => left.atMs - right.atMs), spentTodayUsd };
}

function readJob(place: string, value: unknown, nowMs: number): PastJob | Problem {
  const fields = readFields(place, value, ["execution", "seconds", "at", "died"]);
  if (isProblem(fields)) return fields;
  const { seconds, at } = fields;
  const execution = executions.find((one) => one === fields["execution"]);
  if (execution === undefined) return wrong(`${place}.execution`, fields["execution"], executions.join(", "));
  if (!isAmount(seconds)) return wrong(`${place}.seconds`, seconds, "a number of seconds, 0 or more");
  const atMs = at === undefined ? nowMs : readTime(at);
  if (atMs === undefined) return wrong(`${place}.at`, at, "a time such as 2026-11-01T12:00:00Z");
  const died = deaths.find((one) => one === fields["died"]);
  if (died === undefined && fields["died"] !== undefined && fields["died"] !== null) {
    return wrong(`${place}.died`, fields["died"], deaths.join(", "));
  }
  return { execution, seconds, atMs, died };
}

function readFields(place: string, value: unknown, known: readonly string[]): Record<string, unknown> | Problem {
  if (typeof value !== "object" || value === null || Array.isArray(value)) {
    return wrong(place, value, `an object with ${known.join(", ")}`);
  }
  const unknown = Object.keys(value).find((key) => !known.includes(key));
  if (unknown !== undefined) {
    return {
      problem: `${place} has the unknown key ${JSON.stringify(shorten(unknown))}; there are ${known.join(", ")}`,
    };
  }
  return { ...value };
}

function readTime(value: unknown): number | undefined {
  if (typeof value !== "string" || !/^\d{4}-\d\d-\d\d(?:T[\d:.]+(?:Z|[+-]\d\d:\d\d))?$/.test(value)) return undefined;
  const atMs = Date.parse(value);
  return Number.isNaN(atMs) ? undefined : atMs;
}

function isAmount(value: unknown): value is number {
  return typeof value === "number" && Number.isFinite(value) && value >= 0;
}

function isProblem(value: object): value is Problem {
  return "problem" in value;
}

function wrong(place: string, value: unknown, expected: string): Problem {
  return { problem: `${place} is ${describeValue(value)}; write ${expected}` };
}
