import { describe, expect, test } from "@jest/globals";
import { judge } from "../../bench/soak/judge.ts";
import type { Evidence } from "../../bench/soak/judge.ts";
import { killPoints } from "../../bench/soak/kill-points.ts";
import { runSoak } from "../../bench/soak/run-soak.ts";
import { deliveriesPerJob, deliveriesPerRun, soakPlan } from "../../bench/soak/soak-plan.ts";
import { soakText } from "../../bench/soak/soak-text.ts";
import { someOf } from "../../bench/soak/some-of.ts";
import { spread } from "../../bench/soak/spread.ts";
import { seededPick } from "../../src/sandbox/github/seeded-pick.ts";

test("a small soak with one kill: every job is served exactly once, no stranger gets in, nothing is left", async () => {
  const progress: string[] = [];
  const result = await runSoak({ deliveries: 600, kills: 1, seed: 3, onProgress: (text) => void progress.push(text) });
  expect([result.problems, progress.filter((text) => text.includes("logs"))]).toEqual([[], []]);
  expect(result).toMatchObject({
    deliveries: 600,
    duplicates: 30,
    badSignatures: 30,
    rejected: 30,
    kills: 1,
    jobs: 172,
    jobsServedOnce: 172,
    jobsAllowed: 172,
    lost: 0,
    runs: 8,
    reportedRuns: 8,
    deadLetters: 0,
    left: [],
  });
  expect(result.launches).toBe(172 + result.repeatedLaunches + result.extraRunners);
  expect(progress.filter((text) => text.endsWith("SIGKILL"))).toHaveLength(1);
  expect(soakText(result)).toMatch(/jobs served once +172\n[^]*every job was served exactly once\n$/);
  // it ends by itself when nothing moves any more; on a busy computer that may take longer than other tests may
}, 600_000);

describe("what is asked for", () => {
  test.each([100, 600, 5000, 20_000])("%i deliveries are jobs, runs, duplicates and bad ones", (deliveries) => {
    const { jobs, runs, duplicates, badSignatures, installations } = soakPlan(deliveries);
    expect(jobs * deliveriesPerJob + runs * deliveriesPerRun + duplicates + badSignatures).toBe(deliveries);
    expect(duplicates).toBe(deliveries / 20);
    expect(badSignatures).toBeGreaterThanOrEqual(deliveries / 20);
    expect(badSignatures).toBeLessThan(deliveries / 20 + deliveriesPerJob);
    // GitHub allows an installation 180 JIT registrations a minute; all of them together may come at once
    expect(jobs / installations).toBeLessThan(180);
  });

  test("exactly so many are chosen, not always the same ones", () => {
    const choice = (seed: number): number[] => {
      const isChosen = someOf(30, 522, seededPick(seed));
      return Array.from({ length: 600 }, (_, index) => index).filter(() => isChosen());
    };
    expect(choice(1)).toHaveLength(30);
    expect(choice(1)).toEqual(choice(1));
    expect(choice(1)).not.toEqual(choice(2));
    expect(Math.max(...choice(1), ...choice(2))).toBeLessThan(522);
  });

  test("kills are spread over the work", () => {
    const points = killPoints(5800, 3, seededPick(1));
    expect(points.map((point) => Math.round(point / 1450))).toEqual([1, 2, 3]);
    expect(points).not.toEqual(killPoints(5800, 3, seededPick(2)));
    expect(killPoints(5800, 0, seededPick(1))).toEqual([]);
    expect(killPoints(1, 2, seededPick(1)).every((point) => point >= 1)).toBe(true);
  });

  test("percentiles by nearest rank", () => {
    const values = Array.from({ length: 200 }, (_, index) => 200 - index);
    expect(spread(values)).toEqual({ half: 100, p90: 180, p99: 198, last: 200 });
    expect(spread([])).toEqual({ half: 0, p90: 0, p99: 0, last: 0 });
  });
});

describe("the verdict", () => {
  const good: Evidence = {
    plan: { jobs: 100, runs: 5, installations: 5, duplicates: 10, badSignatures: 11 },
    kills: 1,
    seed: 1,
    account: {
      jobs: 100,
      jobsServedOnce: 100,
      lost: 0,
      notServedOnce: [],
      deliveries: 320,
      failedDeliveries: 7,
      duplicates: 10,
      launches: 145,
      runners: 105,
      machineEnds: { ran: 100, refused: 45 },
      jobsAllowed: 100,
      runIds: Array.from({ length: 5 }, (_, id) => ({ id, repositoryId: 1, attempt: 1 })),
      reportedRuns: 5,
      answerMs: { half: 1, p90: 2, p99: 3, last: 4 },
      githubCalls: {},
      faults: [],
    },
    bad: { "401": 11 },
    machinesAtKills: 3,
    jobsByState: { completed: 100 },
    deadLetters: [],
    left: [],
    seconds: 33.1,
    use: { peakRssMb: 300, cpuSeconds: 20 },
  };

  test("good: what a kill explains is no problem", () => {
    expect(judge(good)).toMatchObject({
      problems: [],
      deliveries: 331,
      deliveriesPerSecond: 10,
      launches: 145,
      repeatedLaunches: 40,
      extraRunners: 5,
      rejected: 11,
    });
  });

  const { account } = good;
  const wrong: Record<string, readonly [change: Partial<Evidence>, problem: string]> = {
    "a job that no machine ran, or two": [
      { account: { ...account, jobsServedOnce: 99, notServedOnce: ["job 7: 1 starts"] } },
      "1 jobs were not served exactly once",
    ],
    "a job that ran without having been asked for": [
      { account: { ...account, jobsAllowed: 99 } },
      "1 jobs were not allowed before their first step",
    ],
    "jobs that GitHub never queued": [{ plan: { ...good.plan, jobs: 101 } }, "GitHub queued 100 jobs instead of 101"],
    "a forged job on record": [{ jobsByState: { completed: 100, queued: 1 } }, "Mayfly's records:"],
    "a job that Mayfly never heard of": [{ jobsByState: { completed: 99 } }, "Mayfly's records:"],
    "a bad signature let in": [{ bad: { "401": 10, "202": 1 } }, "bad signatures were answered"],
    "too few duplicates": [{ account: { ...account, duplicates: 9 } }, "9 duplicates instead of 10"],
    "a run without its check run": [{ account: { ...account, reportedRuns: 4 } }, "4 of 5 runs have their check run"],
    "launches repeated without a kill": [{ kills: 0 }, "40 launches were repeated"],
    "runners that nothing explains": [
      { machinesAtKills: 0, account: { ...account, failedDeliveries: 4 } },
      "5 runners more than jobs",
    ],
    "a dead letter": [{ deadLetters: [{ reason: "too often" }] }, "dead letter: too often"],
    leftovers: [{ left: ["Mayfly has 1 taken slots"] }, "left: Mayfly has 1 taken slots"],
    "a breach of GitHub's API description": [{ account: { ...account, faults: ["request x"] } }, "request x"],
  };

  test.each(Object.entries(wrong))("wrong: %s", (_, [change, problem]) => {
    const { problems } = judge({ ...good, ...change });
    expect(problems[0]).toContain(problem);
    expect(soakText(judge({ ...good, ...change }))).toContain(`WRONG: ${problem}`);
  });
});
