import { setTimeout as pause } from "node:timers/promises";
import { afterAll, expect, test } from "@jest/globals";
import { everything } from "../../src/core/model/indexes.ts";
import { cleanUp } from "./npm-start.ts";
import { startSandboxWorld } from "./sandbox-world.ts";

afterAll(cleanUp);

const workflow = `
on: push
jobs:
  same:
    runs-on: [self-hosted, mayfly/ec2]
    strategy: { matrix: { n: [1, 2, 3, 4] } }
    steps: [{ run: 'sleep 0.5' }]
`;
const cap = 3;

test("two repositories with equal labels never share a runner; a cap of 3 is kept, and those who wait know their place", async () => {
  const caps = { total: undefined, executions: { ec2: cap }, repository: undefined };
  const { world, sandbox } = await startSandboxWorld({ settings: { caps } });
  const { github, aws } = world;
  const { store } = sandbox.mayfly;
  try {
    const files = { ".github/workflows/ci.yml": workflow };
    await Promise.all(["one", "two"].map((name) => world.world.push({ owner: "octo", name, private: true, files })));
    const positions = new Set<number>();
    let most = 0;
    while (github.jobs().some((job) => job.status !== "completed") || aws.machinesLeft() > 0) {
      most = Math.max(most, aws.instances().filter(({ state }) => state === "pending" || state === "running").length);
      for (const job of await store.jobs.list({ index: "waiting", key: everything })) {
        if (job.reason?.scope === "execution:ec2") positions.add(job.reason.position ?? 0);
      }
      await pause(50);
    }
    const jobs = github.jobs();
    expect(jobs.map((job) => job.conclusion)).toEqual(Array.from({ length: 8 }, () => "success"));
    expect(aws.launches()).toBe(8);
    expect(most).toBe(cap);
    expect([...positions].toSorted((left, right) => left - right).slice(0, 3)).toEqual([1, 2, 3]);
    const records = await Promise.all(jobs.map((job) => store.jobs.read(String(job.id))));
    const runners = await Promise.all(records.map((record) => store.runners.read(record?.runnerName ?? "")));
    expect(new Set(jobs.map((job) => job.repositoryId)).size).toBe(2);
    expect(runners.map((runner) => runner?.repository.id)).toEqual(jobs.map((job) => job.repositoryId));
  } finally {
    await sandbox.stop();
  }
});
