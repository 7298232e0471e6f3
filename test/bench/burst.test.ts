import { expect, test } from "@jest/globals";
import { runBurst } from "../../bench/burst/run-burst.ts";

test.each(["lambda", "ec2"] as const)(
  "a burst on %s: one launch a job, and no more calls than it takes",
  async (execution) => {
    const zero = await runBurst({ execution, jobs: 10, githubMs: 0, awsMs: 0 });
    expect([zero.launches, zero.asked]).toEqual([10, 10]);
    expect(zero.errors).toEqual([]);
    expect(zero.callsPerJob).toMatchObject({ "compute.launch": 1, "github.mintJitConfig": 1 });
    // for all of them together one check run, one workflow file, what plans rest on (the run, .github/runner.yml and two
    // tries for the owner's), and each minute a look at their run; the hook's question needs no call of its own
    expect(zero.sumsPerJob.github).toBeLessThan(2);
    expect(zero.sumsPerJob.compute).toBeLessThan(execution === "ec2" ? 3.5 : 2.5);
    expect(zero.sumsPerJob.queueSends).toBeLessThan(6);
    const slow = await runBurst({ execution, jobs: 10, githubMs: 100, awsMs: 20 });
    expect(slow.launches).toBe(10);
    expect(slow.seconds.started.last).toBeGreaterThan(zero.seconds.started.last);
  },
);
