import { describe, expect, test } from "@jest/globals";
import {
  escalationOf,
  historyOf,
  newLabelHistory,
  noHistory,
  recordPastJob,
  summarize,
} from "../../../src/core/planning/history.ts";
import type { History, PastJob } from "../../../src/core/planning/history.ts";
import type { LabelHistory } from "../../../src/core/model/label-history.ts";

const dayMs = 86_400_000;
const nowMs = Date.parse("2026-11-20T12:00:00Z");

function past(job: Partial<PastJob> = {}): PastJob {
  return { execution: "lambda", seconds: 10, atMs: nowMs, ...job };
}

function taking(...seconds: number[]): History {
  return { jobs: seconds.map((one) => past({ seconds: one })) };
}

describe("summarize", () => {
  test("nothing known", () => {
    expect(summarize(noHistory)).toEqual({
      runs: 0,
      p50Seconds: undefined,
      p95Seconds: undefined,
      deaths: 0,
      lastDeath: undefined,
    });
  });

  // nearest rank: the smallest value that at least so many per cent are not above
  test.each<[number[], number, number]>([
    [[7], 7, 7],
    [[9, 3], 3, 9],
    [[3, 1, 2], 2, 3],
    [[4, 3, 2, 1], 2, 4],
    [[15, 20, 35, 40, 50], 35, 50],
    [[100, 9, 10], 10, 100], // by number, not by text
    [Array.from({ length: 20 }, (_, index) => index + 1), 10, 19],
    [Array.from({ length: 100 }, (_, index) => 100 - index), 50, 95],
  ])("%j: half take %d s at most, 95 %% %d s", (seconds, p50Seconds, p95Seconds) => {
    expect(summarize(taking(...seconds))).toMatchObject({ runs: seconds.length, p50Seconds, p95Seconds });
  });

  test("deaths count apart: their seconds say when the machine ended", () => {
    const death = past({ seconds: 840, died: "time", atMs: nowMs - 1 });
    const history = { jobs: [past({ died: "memory", atMs: 1 }), past(), death, past({ seconds: 20 })] };
    expect(summarize(history)).toEqual({ runs: 2, p50Seconds: 10, p95Seconds: 20, deaths: 2, lastDeath: death });
  });

  test("of one execution", () => {
    const history = {
      jobs: [
        past({ seconds: 1 }),
        past({ execution: "ec2", seconds: 2, died: "time" }),
        past({ execution: "ec2", seconds: 3 }),
      ],
    };
    expect(summarize(history, { execution: "ec2" })).toMatchObject({ runs: 1, p50Seconds: 3, deaths: 1 });
    expect(summarize(history, { execution: "lambda" })).toMatchObject({ runs: 1, p50Seconds: 1, deaths: 0 });
    expect(summarize(history, { execution: undefined })).toMatchObject({ runs: 2, p95Seconds: 3, deaths: 1 });
  });
});

describe("escalationOf", () => {
  test.each<[string, PastJob[], number | undefined]>([
    ["nothing known", [], undefined],
    ["no death", [past()], undefined],
    ["a death just now", [past({ died: "docker" })], nowMs + 14 * dayMs],
    ["a death 14 days ago, but for a millisecond", [past({ died: "time", atMs: nowMs - 14 * dayMs + 1 })], nowMs + 1],
    ["a death 14 days ago", [past({ died: "time", atMs: nowMs - 14 * dayMs })], undefined],
    ["a death on EC2", [past({ execution: "ec2", died: "memory" })], undefined],
    ["runs that went well after it", [past({ died: "sudo", atMs: nowMs - dayMs }), past()], nowMs + 13 * dayMs],
    ["a death as old as a run that went well", [past({ died: "time" }), past()], nowMs + 14 * dayMs],
    ["the later of two", [past({ died: "sudo" }), past({ died: "time", atMs: nowMs - dayMs })], nowMs + 14 * dayMs],
  ])("%s", (_, jobs, untilMs) => {
    expect(escalationOf({ jobs }, nowMs)?.untilMs).toBe(untilMs);
  });

  test("says why and since when", () => {
    const jobs = [past({ died: "browser", atMs: nowMs - 1 })];
    expect(escalationOf({ jobs }, nowMs)).toMatchObject({ died: "browser", atMs: nowMs - 1 });
  });
});

describe("recordPastJob", () => {
  const empty = newLabelHistory("1#mayfly");

  function record(...jobs: readonly LabelHistory["jobs"][number][]): LabelHistory {
    return jobs.reduce(recordPastJob, empty);
  }

  test("appends, whatever the order in which jobs are told", () => {
    const [first, second, third] = [1, 2, 3].map((jobId) => ({ ...past({ atMs: Math.min(jobId, 2) }), jobId }));
    if (first === undefined || second === undefined || third === undefined) throw new Error("three");
    expect(record(second, third, first)).toEqual({ ...empty, jobs: [first, second, third] });
    expect(record(first, second, third)).toEqual(record(third, second, first));
  });

  test("the same job twice is there once, and the record is the same object", () => {
    const once = record({ ...past(), jobId: 7 });
    expect(recordPastJob(once, { ...past({ seconds: 99, atMs: nowMs + 5 }), jobId: 7 })).toBe(once);
  });

  test("what was learnt of a death later is added, and never forgotten", () => {
    const told = record({ ...past(), jobId: 7 });
    const learnt = recordPastJob(told, { ...past({ died: "docker" }), jobId: 7 });
    expect(learnt.jobs).toEqual([{ ...past({ died: "docker" }), jobId: 7 }]);
    expect(learnt.lastDeath).toEqual({ died: "docker", jobId: 7, atMs: nowMs });
    expect(recordPastJob(learnt, { ...past(), jobId: 7 })).toBe(learnt);
  });

  test("keeps the newest 100; an older one changes nothing", () => {
    const full = record(...Array.from({ length: 150 }, (_, index) => ({ ...past({ atMs: index }), jobId: index })));
    expect(full.jobs.map(({ jobId }) => jobId)).toEqual(Array.from({ length: 100 }, (_, index) => index + 50));
    expect(recordPastJob(full, { ...past({ atMs: 3 }), jobId: 3 })).toBe(full);
  });

  test("a death on Lambda outlives the jobs after it, and planning is told of it", () => {
    const jobs = Array.from({ length: 101 }, (_, index) => ({ ...past({ atMs: nowMs + index }), jobId: index }));
    const full = record({ ...past({ died: "time", atMs: nowMs - 1 }), jobId: 999 }, ...jobs);
    expect(full.jobs.some(({ died }) => died !== undefined)).toBe(false);
    expect(full.lastDeath).toEqual({ died: "time", jobId: 999, atMs: nowMs - 1 });
    expect(escalationOf(historyOf(full), nowMs)).toMatchObject({ died: "time" });
    expect(summarize(historyOf(full))).toMatchObject({ runs: 100, deaths: 1, p50Seconds: 10 });
  });

  test("a death that is told of late, when the record is full of newer jobs, counts all the same", () => {
    const full = record(
      ...Array.from({ length: 100 }, (_, index) => ({ ...past({ atMs: nowMs + index }), jobId: index })),
    );
    const told = recordPastJob(full, { ...past({ died: "memory", atMs: nowMs - 1 }), jobId: 999 });
    expect(told).toEqual({ ...full, lastDeath: { died: "memory", jobId: 999, atMs: nowMs - 1 } });
    expect(recordPastJob(told, { ...past({ died: "memory", atMs: nowMs - 1 }), jobId: 999 })).toBe(told);
  });

  test("the last death is the latest one on Lambda", () => {
    const { lastDeath } = record(
      { ...past({ died: "time", atMs: 2 }), jobId: 2 },
      { ...past({ died: "memory", atMs: 1 }), jobId: 1 },
      { ...past({ died: "memory", atMs: 3, execution: "ec2" }), jobId: 3 },
    );
    expect(lastDeath).toMatchObject({ jobId: 2, died: "time" });
  });
});

describe("historyOf", () => {
  test("no record yet", () => {
    expect(historyOf(undefined, 3)).toEqual({ jobs: [], spentTodayUsd: 3 });
  });

  test("a death among the jobs is told once", () => {
    const one = recordPastJob(newLabelHistory("1"), { ...past({ died: "sudo" }), jobId: 1 });
    expect(summarize(historyOf(one))).toMatchObject({ runs: 0, deaths: 1 });
  });
});
