import { afterEach, describe, expect, test } from "@jest/globals";

import { jobActions, startRig, until, type Rig } from "./rig.ts";
import { scriptedRunner } from "./scripted-runner.ts";
import { ci, FILE, job, outcome, runNext } from "./workflow-file.ts";

let rig: Rig;

afterEach(async () => {
  const violations = rig.github.violations();
  await rig.close();
  expect(violations).toEqual([]);
});

describe("a push", () => {
  test("is told with the run and the queued jobs, all signed and complete", async () => {
    rig = await startRig();
    const { sha, runs } = await rig.push({ ...ci(job("a") + job("b", "needs: a")), "README.md": "" });
    await until("webhooks", () => rig.received.length === 3);
    expect(rig.received.map(({ event, payload }) => `${event} ${payload.action ?? ""}`)).toEqual([
      "push ",
      "workflow_run requested",
      "workflow_job queued",
    ]);
    expect(rig.received.every(({ signed }) => signed)).toBe(true);
    expect(rig.received[2]?.payload.workflow_job).toMatchObject({
      head_sha: sha,
      run_id: runs[0]?.id,
      run_attempt: 1,
      status: "queued",
      labels: ["mayfly"],
      workflow_name: "CI",
      runner_id: null,
    });
    expect(rig.received[2]?.payload).toMatchObject({ installation: { id: rig.installationId } });
  });

  test("runs files with `on: push` only, or the one that is asked for whatever its `on`", async () => {
    rig = await startRig();
    const files = {
      ...ci(job("a")),
      ".github/workflows/manual.yml": `on: workflow_dispatch\njobs:\n${job("m")}`,
    };
    await rig.push(files);
    expect(rig.github.runs().map(({ path, event }) => [path, event])).toEqual([[FILE, "push"]]);
    await rig.push(files, { workflow: ".github/workflows/manual.yml" });
    expect(rig.github.runs()[1]).toMatchObject({ event: "workflow_dispatch", name: ".github/workflows/manual.yml" });
    await expect(rig.push(files, { workflow: "none.yml" })).rejects.toThrow("no workflow file none.yml");
  });

  test("a second push to a file counts its run number on and gives another sha", async () => {
    rig = await startRig();
    const first = await rig.push(ci(job("a")));
    const second = await rig.push(ci(job("a")));
    expect(first.sha).toMatch(/^[0-9a-f]{40}$/);
    expect(second.sha).not.toBe(first.sha);
    expect(rig.github.runs().map(({ number }) => number)).toEqual([1, 2]);
  });

  test("without an installation tells nobody", async () => {
    rig = await startRig();
    await rig.github.pushRepository({ owner: "stranger", name: "x", private: false, files: ci(job("a")) });
    expect(rig.github.deliveries()).toEqual([]);
    expect(rig.github.jobs()).toHaveLength(1);
  });
});

describe("needs, conditions, matrix", () => {
  test("a job is queued when its needs are done, with their outputs; the run ends with its last job", async () => {
    rig = await startRig();
    await rig.push(
      ci(job("one") + job("two", "needs: one", "if: needs.one.outputs.go == 'yes'") + job("three", "needs: two")),
    );
    expect(outcome(rig)).toEqual(["one: queued"]);
    expect(await runNext(rig, "success", { go: "yes" })).toBe("one");
    expect(outcome(rig)).toEqual(["one: success", "two: queued"]);
    expect(rig.github.runs()[0]?.status).toBe("in_progress");
    await runNext(rig);
    await runNext(rig);
    expect(outcome(rig)).toEqual(["one: success", "two: success", "three: success"]);
    expect(rig.github.runs()[0]).toMatchObject({ status: "completed", conclusion: "success" });
    await until("run completed", () =>
      rig.received.some(({ event, payload }) => event === "workflow_run" && payload.action === "completed"),
    );
  });

  test("a failed need skips what needs it, transitively, except always() and failure()", async () => {
    rig = await startRig();
    await rig.push(
      ci(
        job("bad") +
          job("skipped", "needs: bad") +
          job("after-skipped", "needs: skipped") +
          job("always", "needs: skipped", "if: always()") +
          job("after-always", "needs: always") +
          job("rescue", "needs: bad", "if: failure()"),
      ),
    );
    await runNext(rig, "failure");
    expect(await runNext(rig)).toBe("rescue");
    expect(await runNext(rig)).toBe("always");
    expect(outcome(rig).toSorted()).toEqual([
      "after-always: skipped",
      "after-skipped: skipped",
      "always: success",
      "bad: failure",
      "rescue: success",
      "skipped: skipped",
    ]);
    expect(rig.github.runs()[0]?.conclusion).toBe("failure");
    await until("skipped", () => jobActions(rig).includes("skipped completed"));
    expect(jobActions(rig)).not.toContain("skipped queued");
  });

  test("a run whose jobs are all skipped is skipped", async () => {
    rig = await startRig();
    await rig.push(ci(job("a", "if: github.ref == 'refs/heads/other'")));
    expect(rig.github.runs()[0]).toMatchObject({ status: "completed", conclusion: "skipped" });
  });

  test("a matrix becomes jobs with names and labels of their values; fail-fast cancels the siblings", async () => {
    rig = await startRig();
    await rig.push(
      ci(
        "  m:\n    strategy:\n      matrix:\n        os: [a, b, c]\n    runs-on: [mayfly, '${{ matrix.os }}']\n    steps: [{run: 'true'}]\n" +
          job("after", "needs: m"),
      ),
    );
    expect(rig.github.jobs().map(({ name, labels }) => [name, labels])).toEqual([
      ["m (a)", ["mayfly", "a"]],
      ["m (b)", ["mayfly", "b"]],
      ["m (c)", ["mayfly", "c"]],
    ]);
    const [a, b] = [await scriptedRunner(rig, "ra", ["mayfly", "a"]), await scriptedRunner(rig, "rb", ["mayfly", "b"])];
    const [ofA, ofB] = [await a.take(), await b.take()];
    await b.post(`/jobs/${ofB.jobId}/start`);
    await a.run(ofA, "failure");
    expect(outcome(rig)).toEqual(["m (a): failure", "m (b): in_progress", "m (c): cancelled"]);
    expect((await b.post(`/jobs/${ofB.jobId}/steps`, { steps: [] })).json).toEqual({ cancel: true });
    await b.run(ofB, "cancelled");
    expect(outcome(rig).slice(1)).toEqual(["m (b): cancelled", "m (c): cancelled", "after: skipped"]);
    expect(rig.github.runs()[0]?.conclusion).toBe("failure");
  });

  test("without fail-fast the others go on; a failure that may be counts as success", async () => {
    rig = await startRig();
    const matrix = ["strategy: {fail-fast: false, matrix: {x: [1, 2]}}", "continue-on-error: '${{ matrix.x == 1 }}'"];
    await rig.push(ci(job("m", ...matrix) + job("after", "needs: m")));
    await runNext(rig, "failure");
    expect(outcome(rig)).toEqual(["m (1): failure", "m (2): queued"]);
    await runNext(rig);
    expect(await runNext(rig)).toBe("after");
    expect(rig.github.runs()[0]?.conclusion).toBe("success");
  });

  test("a matrix made from an output of a need", async () => {
    rig = await startRig();
    await rig.push(
      ci(job("list") + job("m", "needs: list", "strategy: {matrix: {x: '${{ fromJSON(needs.list.outputs.xs) }}'}}")),
    );
    await runNext(rig, "success", { xs: '["p","q"]' });
    expect(outcome(rig)).toEqual(["list: success", "m (p): queued", "m (q): queued"]);
  });
});

describe("what is not understood is said", () => {
  test("a broken file is a startup failure without jobs", async () => {
    rig = await startRig();
    await rig.push({ [FILE]: "on: push\njobs:\n  a:\n    runs-on: mayfly\n    stepps: []\n" });
    const [run] = rig.github.runs();
    expect([run?.status, run?.conclusion]).toEqual(["completed", "startup_failure"]);
    expect(run?.errors[0]).toContain(`${FILE}:5`);
    expect(rig.github.jobs()).toEqual([]);
    expect(rig.events.find(({ type }) => type === "not-understood")).toMatchObject({ path: FILE });
    await until("run completed", () => rig.received.some(({ payload }) => payload.action === "completed"));
  });

  test("a reusable workflow cannot be called: the run fails at its start and says why", async () => {
    rig = await startRig();
    await rig.push(ci(job("a") + "  call:\n    uses: ./.github/workflows/other.yml\n"));
    expect(rig.github.runs()[0]).toMatchObject({ conclusion: "startup_failure" });
    expect(rig.github.runs()[0]?.errors[0]).toContain("job call: uses");
  });

  test("a condition that cannot be evaluated fails its job, with the reason as its annotation", async () => {
    rig = await startRig();
    await rig.push(ci(job("m", "strategy: {matrix: {x: '${{ fromJSON(github.sha) }}'}}")));
    const [failed] = rig.github.jobs();
    expect(failed?.conclusion).toBe("failure");
    expect(failed?.annotations[0]?.message).toBeTruthy();
    expect(rig.events.some(({ type }) => type === "not-understood")).toBe(true);
  });

  test("a job with services is queued all the same, and what is left out is told", async () => {
    rig = await startRig();
    await rig.push(ci(job("a", "services: {db: {image: postgres}}")));
    expect(outcome(rig)).toEqual(["a: queued"]);
    expect(rig.events.find(({ type }) => type === "not-understood")).toMatchObject({ job: "a" });
  });
});

describe("hosted jobs and cancelling", () => {
  test("a job on GitHub's own runners is ended as a success without being executed", async () => {
    rig = await startRig();
    await rig.push(ci("  h:\n    runs-on: ubuntu-latest\n    steps: [{run: 'exit 1'}]\n" + job("mine", "needs: h")));
    expect(rig.github.idle()).toBe(false);
    await until("mine", () => jobActions(rig).includes("mine queued"));
    expect(jobActions(rig)).toEqual(["h queued", "h in_progress", "h completed", "mine queued"]);
    const [hosted] = rig.github.jobs();
    expect(hosted).toMatchObject({ conclusion: "success", hosted: true });
    expect(hosted?.runnerName).toMatch(/^GitHub Actions \d+$/);
    await until("idle", () => rig.github.idle());
  });

  test("cancelled while queued names no runner, in both of GitHub's ways; what needs it is skipped", async () => {
    rig = await startRig();
    const { runs } = await rig.push(ci(job("a") + job("b") + job("c", "needs: a")));
    const [token, reader] = [await rig.token(), await rig.token({ permissions: { actions: "read" } })];
    const path = `/repos/octo/repo/actions/runs/${runs[0]?.id}/cancel`;
    expect((await rig.call("POST", path, reader)).status).toBe(403);
    const cancel = await rig.call("POST", path, token);
    expect([cancel.status, cancel.json]).toEqual([202, {}]);
    await until("cancelled", () => jobActions(rig).filter((item) => item.endsWith("completed")).length === 3);
    const runners = rig.received
      .filter(({ payload }) => payload.workflow_job?.conclusion === "cancelled")
      .map(({ payload }) => [payload.workflow_job?.runner_id, payload.workflow_job?.runner_name]);
    expect(runners).toEqual(
      expect.arrayContaining([
        [0, ""],
        [null, null],
      ]),
    );
    expect(outcome(rig)).toEqual(["a: cancelled", "b: cancelled", "c: skipped"]);
    expect(rig.github.runs()[0]?.conclusion).toBe("cancelled");
    expect((await rig.call("POST", path, token)).status).toBe(409);
  });

  test("a running job hears of the cancel with its steps", async () => {
    rig = await startRig();
    const { runs } = await rig.push(ci(job("a") + job("clean", "needs: a", "if: always()")));
    const runner = await scriptedRunner(rig, "one", ["mayfly"]);
    const message = await runner.take();
    await runner.post(`/jobs/${message.jobId}/start`);
    const path = `/repos/octo/repo/actions/runs/${runs[0]?.id}/cancel`;
    expect((await rig.call("POST", path, await rig.token())).status).toBe(202);
    expect((await runner.post(`/jobs/${message.jobId}/steps`, { steps: [] })).json).toEqual({ cancel: true });
    await runner.run(message, "cancelled");
    expect(outcome(rig)).toEqual(["a: cancelled", "clean: queued"]);
  });
});

test("runs and jobs over the API", async () => {
  rig = await startRig();
  const { runs } = await rig.push(ci(job("a") + job("b")));
  await rig.push({ [FILE]: "on: push\njobs: {a: 1}\n" });
  const token = await rig.token();
  const base = `/repos/octo/repo/actions/runs`;
  const run = await rig.call("GET", `${base}/${runs[0]?.id}`, token);
  expect(run.json).toMatchObject({ path: FILE, run_attempt: 1, event: "push", status: "queued" });
  const total = async (query: string) => (await rig.call("GET", `${base}?${query}`, token)).json?.total_count;
  expect([await total("status=queued"), await total("status=completed"), await total("status=in_progress")]).toEqual([
    1, 1, 0,
  ]);
  expect([await total("branch=main"), await total("branch=other"), await total("per_page=1")]).toEqual([2, 0, 2]);
  const jobs = await rig.call("GET", `${base}/${runs[0]?.id}/jobs?per_page=1`, token);
  expect([jobs.json?.total_count, jobs.json?.jobs?.["0"]?.name]).toEqual([2, "a"]);
  expect(jobs.headers.get("link")).toContain('rel="next"');
  expect((await rig.call("GET", `${base}/${runs[0]?.id}/attempts/1/jobs`, token)).json?.total_count).toBe(2);
  expect((await rig.call("GET", `${base}/${runs[0]?.id}/attempts/2/jobs`, token)).status).toBe(404);
  expect((await rig.call("GET", `${base}/1`, token)).status).toBe(404);
  expect((await rig.call("GET", `/repos/octo/repo/actions/jobs/1`, token)).status).toBe(404);
});
