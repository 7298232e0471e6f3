import { describe, expect, test } from "@jest/globals";
import { makeWorld } from "../../helpers/world/world.ts";
import type { World } from "../../helpers/world/world.ts";

const sha = "b".repeat(40);

/** A pull request whose head has this file, in a repository with jobs of ours. */
async function propose(text: string | undefined, action = "synchronize"): Promise<World> {
  const world = makeWorld();
  await world.queueJob();
  await world.run(30);
  await world.endRun();
  await world.run(30);
  const readFile = world.github.port.readFile.bind(world.github.port);
  const atHead: typeof readFile = async (repository, path, ref) =>
    ref === sha && path === ".github/runner.yml" ? text : await readFile(repository, path, ref);
  Object.assign(world.github.port, { readFile: atHead });
  const repository = { id: 71, name: "demo", owner: { login: "octo" }, private: true };
  const payload = { action, pull_request: { head: { sha } }, repository, installation: { id: 5 } };
  await world.app.onWebhook({ id: "pr", event: "pull_request", payload });
  await world.work();
  return world;
}

const lintRun = (world: World) => [...world.github.checkRuns.values()].find(({ headSha }) => headSha === sha);

describe("a pull request that brings another .github/runner.yml", () => {
  test("is told every problem on its line, and planned by the default branch's all the same", async () => {
    const world = await propose("runners:\n  build:\n    cpu: many\n    imgae: x\n");
    const checkRun = lintRun(world);
    expect(checkRun).toMatchObject({ name: "Mayfly / .github/runner.yml", status: "completed", conclusion: "failure" });
    expect(checkRun?.annotations.map(({ startLine, title, level }) => [startLine, title, level])).toEqual([
      [3, "MF-CONFIG-VALUE", "failure"],
      [4, "MF-CONFIG-KEY", "failure"],
    ]);
    const job = await world.queueJob({ labels: ["mayfly/build"], headSha: sha, runId: 960 });
    await world.work();
    expect((await world.store.jobs.read(String(job.id)))?.reason?.code).toBe("MF-LABEL-RUNNER");
  });

  test("hears that it is fine", async () => {
    const world = await propose("runners:\n  build:\n    cpu: 4\n");
    expect(lintRun(world)).toMatchObject({ conclusion: "success", title: "no problems", annotations: [] });
  });

  test("is checked once, however often the delivery comes", async () => {
    const world = await propose("runners: {}\n");
    await world.app.onMessage(
      {
        kind: "lint",
        repository: { id: 71, owner: "octo", name: "demo", installationId: 5, private: true },
        headSha: sha,
      },
      2,
    );
    expect([...world.github.checkRuns.values()].filter(({ headSha }) => headSha === sha)).toHaveLength(1);
  });
});

describe("no check run", () => {
  test("for a head without the file", async () => {
    expect(lintRun(await propose(undefined))).toBeUndefined();
  });

  test("for a pull request that is closed", async () => {
    expect(lintRun(await propose("runners: []\n", "closed"))).toBeUndefined();
  });

  test("in a repository where Mayfly never had a job", async () => {
    const world = makeWorld();
    const repository = { id: 79, name: "other", owner: { login: "octo" }, private: true };
    const payload = { action: "opened", pull_request: { head: { sha } }, repository, installation: { id: 5 } };
    await world.app.onWebhook({ id: "pr", event: "pull_request", payload });
    await world.work();
    expect(world.github.faults.calls["get-content"]).toBeUndefined();
  });
});
