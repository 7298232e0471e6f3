import { afterAll, beforeAll, expect, test } from "@jest/globals";
import { cleanUp, expectAllServed, once } from "./npm-start.ts";
import type { Once } from "./npm-start.ts";

afterAll(cleanUp);

const faults = {
  capacity: ["ec2.RunInstances:InsufficientInstanceCapacity:2"],
  replies: ["ec2.RunInstances:RequestLimitExceeded:5", "ec2.RunInstances:lost-reply:99"],
  quota: ["ec2.RunInstances:VcpuLimitExceeded:3"],
  spot: ["ec2.spot-interruption:notice:1"],
} as const;

const runs = {} as Record<keyof typeof faults, Once>;

/** They mostly wait, so they run at the same time. */
beforeAll(async () => {
  await Promise.all(
    Object.entries(faults).map(async ([name, given]) => {
      runs[name as keyof typeof faults] = await once(...given.flatMap((fault) => ["--fault", fault]));
    }),
  );
});

test("no capacity: the job runs on another candidate, and its check run says from which one it fell back", () => {
  expectAllServed(runs.capacity, 6);
  expect(runs.capacity.checkRuns[0]?.text).toMatch(
    /Fell back from spot c7i\.large in eu-central-1a &#40;(InsufficientInstanceCapacity|none a moment ago)&#41;/,
  );
  expect(runs.capacity.checkRuns[0]?.annotations.some(({ message }) => message.includes("Fell back from spot"))).toBe(
    true,
  );
});

test("the request rate exceeded, then every reply lost: one instance a job, and no runner that lives is deleted", () => {
  // a runner that was deleted before its job had begun would have been launched again: a machine more than jobs
  expectAllServed(runs.replies, 6);
});

test("the vCPU quota is used up: the wait is explained by the quota's name, and the jobs run when it clears", () => {
  expectAllServed(runs.quota, 6);
  const [checkRun] = runs.quota.checkRuns;
  expect(checkRun?.text).toMatch(/Waited .* &#40;MF-COMPUTE-QUOTA&#41;: .*L-1216C47A/);
  expect(checkRun?.annotations.some(({ message }) => message.includes("L-1216C47A"))).toBe(true);
});

test("a spot interruption in mid-job: the job is lost, with its cause on the check run, and nothing is left", () => {
  const { code, summary, jobs, checkRuns } = runs.spot;
  expect(code).toBe(1);
  expect(summary).toMatchObject({ lost: 1, runnersLeft: 0, machinesLeft: 0 });
  expect(jobs.filter((job) => job.state === "lost")).toMatchObject([
    { name: "test (Mayfly)", execution: "ec2", reason: { code: "MF-MACHINE-LOST" } },
  ]);
  const [checkRun] = checkRuns;
  expect(checkRun?.conclusion).toBe("failure");
  expect(checkRun?.summary).toMatch(/MF-MACHINE-LOST.* spot /);
  expect(checkRun?.annotations.find((one) => one.title.startsWith("test (Mayfly)"))).toMatchObject({
    level: "failure",
    message: expect.stringMatching(/MF-MACHINE-LOST.* spot /),
  });
});
