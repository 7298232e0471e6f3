import { describe, expect, test } from "@jest/globals";
import { escalationOf } from "../../../src/core/planning/history.ts";
import { readHistory } from "../../../src/core/planning/read-history.ts";

const nowMs = Date.parse("2026-11-20T12:00:00Z");
const job = { execution: "lambda", seconds: 41, at: "2026-11-01T10:00:00Z" };

test("jobs in the order of their times, money beside them", () => {
  const text = `{"jobs":[
    {"execution":"ec2","seconds":90.5,"at":"2026-11-03"},
    {"execution":"lambda","seconds":0,"at":"2026-11-02T01:30:00.250+02:00","died":null},
    {"execution":"lambda","seconds":41,"at":"2026-11-01T10:00:00Z","died":"time"}], "spentTodayUsd": 3}`;
  expect(readHistory(JSON.parse(text), nowMs)).toEqual({
    jobs: [
      { execution: "lambda", seconds: 41, atMs: Date.UTC(2026, 10, 1, 10), died: "time" },
      { execution: "lambda", seconds: 0, atMs: Date.UTC(2026, 10, 1, 23, 30, 0, 250), died: undefined },
      { execution: "ec2", seconds: 90.5, atMs: Date.UTC(2026, 10, 3), died: undefined },
    ],
    spentTodayUsd: 3,
  });
});

test("a job without a time is one of now", () => {
  const read = readHistory({ jobs: [{ execution: "lambda", seconds: 800, died: "time" }, job] }, nowMs);
  if ("problem" in read) throw new Error(read.problem);
  expect(read.jobs.map(({ atMs }) => atMs)).toEqual([Date.parse(job.at), nowMs]);
  expect(escalationOf(read, nowMs)).toMatchObject({ died: "time", atMs: nowMs });
});

test.each([{}, { jobs: [] }, { spentTodayUsd: 0 }])("%j: nothing known", (value) => {
  expect(readHistory(value, nowMs)).toMatchObject({ jobs: [] });
});

describe("a problem says which value, and what to write", () => {
  test.each<[unknown, string]>([
    [undefined, "the history is an empty value; write an object with jobs, spentTodayUsd"],
    [null, "the history is an empty value; write an object with jobs, spentTodayUsd"],
    [[job], "the history is a list; write an object with jobs, spentTodayUsd"],
    ["[]", 'the history is the text "[]"; write an object with jobs, spentTodayUsd'],
    [{ job: [] }, 'the history has the unknown key "job"; there are jobs, spentTodayUsd'],
    [{ jobs: {} }, "jobs is a mapping; write a list of jobs"],
    [{ jobs: null }, "jobs is an empty value; write a list of jobs"],
    [{ jobs: [job, 5] }, "jobs[1] is 5; write an object with execution, seconds, at, died"],
    [{ jobs: [{ ...job, execution: "Lambda" }] }, 'jobs[0].execution is the text "Lambda"; write lambda, ec2, microvm'],
    [{ jobs: [{ seconds: 1 }] }, "jobs[0].execution is an empty value; write lambda, ec2, microvm"],
    [{ jobs: [{ ...job, seconds: "41" }] }, 'jobs[0].seconds is the text "41"; write a number of seconds, 0 or more'],
    [{ jobs: [{ ...job, seconds: -1 }] }, "jobs[0].seconds is -1; write a number of seconds, 0 or more"],
    [{ jobs: [{ ...job, seconds: Infinity }] }, "jobs[0].seconds is Infinity; write a number of seconds, 0 or more"],
    [{ jobs: [{ ...job, at: 5 }] }, "jobs[0].at is 5; write a time such as 2026-11-01T12:00:00Z"],
    [{ jobs: [{ ...job, at: "1" }] }, 'jobs[0].at is the text "1"; write a time such as 2026-11-01T12:00:00Z'],
    [
      { jobs: [{ ...job, at: "2026-13-01" }] },
      'jobs[0].at is the text "2026-13-01"; write a time such as 2026-11-01T12:00:00Z',
    ],
    [
      { jobs: [{ ...job, died: "boredom" }] },
      'jobs[0].died is the text "boredom"; write time, memory, docker, sudo, browser',
    ],
    [
      { jobs: [{ ...job, dead: "time" }] },
      'jobs[0] has the unknown key "dead"; there are execution, seconds, at, died',
    ],
    [{ jobs: [], spentTodayUsd: "3" }, 'spentTodayUsd is the text "3"; write a number of dollars, 0 or more'],
    [{ jobs: [], spentTodayUsd: -3 }, "spentTodayUsd is -3; write a number of dollars, 0 or more"],
    [
      JSON.parse('{"__proto__": {"jobs": []}}'),
      'the history has the unknown key "__proto__"; there are jobs, spentTodayUsd',
    ],
  ])("%j", (value, problem) => {
    expect(readHistory(value, nowMs)).toEqual({ problem });
  });
});
