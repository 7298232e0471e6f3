import { afterEach, describe, expect, test } from "@jest/globals";

import { jobActions, startRig, until, type Rig, textOf } from "./rig.ts";
import { scriptedRunner } from "./scripted-runner.ts";

const RUNNERS = "/repos/octo/repo/actions/runners";
let rig: Rig;

afterEach(async () => {
  const violations = rig.github.violations();
  await rig.close();
  expect(violations).toEqual([]);
});

function workflow(jobs: string): Record<string, string> {
  return { ".github/workflows/ci.yml": `on: push\nname: CI\njobs:\n${jobs}` };
}

function job(key: string, labels: string, rest = ""): string {
  return `  ${key}:\n    runs-on: ${labels}\n${rest}    steps:\n      - run: echo ${key}\n`;
}

describe("registrations", () => {
  test("a name exists once; the runner is offline, unknown, with only the labels passed", async () => {
    rig = await startRig();
    await rig.push({ "README.md": "" });
    const runner = await scriptedRunner(rig, "one", ["mayfly", "Big"]);
    const token = await rig.token();
    const body = { name: "ONE", runner_group_id: 1, labels: ["x"] };
    const again = await rig.call("POST", `${RUNNERS}/generate-jitconfig`, token, body);
    expect([again.status, again.json?.message]).toEqual([
      409,
      "Already exists - A runner with the name *** already exists.",
    ]);
    const read = await rig.call("GET", `${RUNNERS}/${runner.id}`, token);
    expect(read.json).toMatchObject({ name: "one", os: "unknown", status: "offline", busy: false });
    const labels = read.json?.labels as unknown as { name: string; type: string }[];
    expect(labels.map(({ name, type }) => `${name} ${type}`)).toEqual(["mayfly custom", "Big custom"]);
    await scriptedRunner(rig, "two", ["mayfly"]);
    const named = await rig.call("GET", `${RUNNERS}?name=two`, token);
    expect([named.json?.total_count, named.json?.runners?.["0"]?.name]).toEqual([1, "two"]);
    const paged = await rig.call("GET", `${RUNNERS}?per_page=1&page=2`, token);
    expect([paged.json?.total_count, paged.json?.runners?.["0"]?.name]).toEqual([2, "two"]);
    expect(paged.headers.get("link")).toContain('rel="prev"');
    expect((await rig.call("DELETE", `${RUNNERS}/${runner.id}`, token)).status).toBe(204);
    expect((await rig.call("DELETE", `${RUNNERS}/${runner.id}`, token)).status).toBe(404);
    expect(await runner.session()).toBe(404);
  });

  test("a name of 65 characters is a 422", async () => {
    rig = await startRig();
    await rig.push({ "README.md": "" });
    const token = await rig.token();
    const mint = (name: string, labels: string[]) =>
      rig.call("POST", `${RUNNERS}/generate-jitconfig`, token, { name, runner_group_id: 1, labels });
    expect((await mint("x".repeat(65), ["a"])).status).toBe(422);
    expect(rig.github.violations()).toEqual([]);
    expect((await mint("x", ["a"])).status).toBe(201);
  });

  test("the JIT config has the real one's form and size", async () => {
    rig = await startRig();
    await rig.push({ "README.md": "" });
    const body = { name: "blob", runner_group_id: 1, labels: ["a"] };
    const reply = await rig.call("POST", `${RUNNERS}/generate-jitconfig`, await rig.token(), body);
    const blob = textOf(reply.json?.encoded_jit_config);
    expect(blob.length).toBeGreaterThan(4_096);
    const files = JSON.parse(Buffer.from(blob, "base64").toString()) as Record<string, string>;
    expect(Object.keys(files)).toEqual([".runner", ".credentials", ".credentials_rsaparams"]);
    const settings = JSON.parse(Buffer.from(files[".runner"] ?? "", "base64").toString()) as Record<string, unknown>;
    expect(settings).toMatchObject({ AgentName: "blob", Ephemeral: "true", GitHubUrl: "https://github.com/octo/repo" });
    expect(Object.values(settings).every((value) => typeof value === "string")).toBe(true);
  });

  test("one session at a time, and none with another's secret", async () => {
    rig = await startRig();
    await rig.push({ "README.md": "" });
    const runner = await scriptedRunner(rig, "one", ["mayfly"]);
    expect((await runner.poll()).status).toBe(401);
    expect([await runner.session(), await runner.session()]).toEqual([200, 409]);
    const stranger = await fetch(`${rig.github.url}/_runner/session`, {
      method: "POST",
      headers: { authorization: "Bearer nobody" },
    });
    expect(stranger.status).toBe(401);
  });
});

describe("assignment", () => {
  test("to any idle runner whose labels contain the job's, whatever case; never to one that lacks one", async () => {
    rig = await startRig();
    await rig.push(workflow(job("build", "[self-hosted, Mayfly]")));
    const lacking = await scriptedRunner(rig, "lacking", ["mayfly"]);
    await lacking.session();
    expect((await lacking.poll(0)).status).toBe(202);
    const superset = await scriptedRunner(rig, "superset", ["SELF-HOSTED", "mayfly", "big"]);
    expect((await superset.take()).name).toBe("build");
  });

  test("goes to whichever runner `pick` says: runners swap jobs", async () => {
    rig = await startRig({ pick: (count) => count - 1 });
    await rig.push({ "README.md": "" });
    const [one, two] = [await scriptedRunner(rig, "one", ["mayfly"]), await scriptedRunner(rig, "two", ["mayfly"])];
    await one.session();
    await two.session();
    const polls = [one.poll(3), two.poll(3)];
    // both wait before the first job is there
    await new Promise((resolve) => setTimeout(resolve, 50));
    await rig.push(workflow(job("first", "mayfly") + job("second", "mayfly")));
    const [ofOne, ofTwo] = await Promise.all(polls);
    expect([ofOne?.message?.name, ofTwo?.message?.name]).toEqual(["second", "first"]);
    await one.run(ofOne!.message!);
    await two.run(ofTwo!.message!, "failure");
    expect(rig.github.jobs().map(({ name, runnerName, conclusion }) => [name, runnerName, conclusion])).toEqual([
      ["first", "two", "failure"],
      ["second", "one", "success"],
    ]);
  });

  test("20 equal jobs, 20 runners that come in another order: each job runs once, each runner takes one", async () => {
    rig = await startRig();
    const numbers = Array.from({ length: 20 }, (_, index) => index);
    await rig.push(workflow(job("m", "mayfly", `    strategy: {matrix: {n: [${numbers.join(", ")}]}}\n`)));
    const runners = await Promise.all(numbers.map((n) => scriptedRunner(rig, `runner-${n}`, ["mayfly"])));
    await Promise.all(
      runners.toReversed().map(async (runner) => {
        await runner.run(await runner.take());
      }),
    );
    const jobs = rig.github.jobs();
    expect(new Set(jobs.map(({ runnerName }) => runnerName)).size).toBe(20);
    expect(jobs.every(({ conclusion }) => conclusion === "success")).toBe(true);
    expect(jobs.some(({ runnerName }, index) => runnerName !== `runner-${index}`)).toBe(true);
    expect(rig.github.runs()[0]?.conclusion).toBe("success");
    await until("idle", () => rig.github.idle());
    expect(rig.github.deliveries().every(({ ok }) => ok)).toBe(true);
    expect(jobActions(rig)).toHaveLength(60);
  });

  test("a busy runner is not deleted; it is shown busy from the hand-out on, the job in progress from its start on", async () => {
    rig = await startRig();
    await rig.push(workflow(job("build", "mayfly")));
    const runner = await scriptedRunner(rig, "one", ["mayfly"]);
    const message = await runner.take();
    const token = await rig.token();
    const shown = await rig.call("GET", `/repos/octo/repo/actions/jobs/${message.jobId}`, token);
    expect([shown.json?.status, shown.json?.runner_name]).toEqual(["queued", null]);
    const refused = await rig.call("DELETE", `${RUNNERS}/${runner.id}`, token);
    expect([refused.status, refused.json?.message]).toEqual([422, expect.stringContaining("currently running a job")]);
    await runner.post(`/jobs/${message.jobId}/start`);
    const running = await rig.call("GET", `/repos/octo/repo/actions/jobs/${message.jobId}`, token);
    expect([running.json?.status, running.json?.runner_name]).toEqual(["in_progress", "one"]);
    await runner.run(message);
    expect(rig.github.runners()).toEqual([]);
    expect((await runner.poll()).status).toBe(404);
    expect(rig.github.jobLog(message.jobId)).toBe("hello from build\n");
    expect((await runner.post(`/jobs/${message.jobId}/log`, { text: "late" })).status).toBe(200);
  });

  test("a runner speaks of its own job only", async () => {
    rig = await startRig();
    await rig.push(workflow(job("build", "mayfly")));
    const runner = await scriptedRunner(rig, "one", ["mayfly"]);
    const other = await scriptedRunner(rig, "two", ["mayfly"]);
    const message = await runner.take();
    expect((await other.post(`/jobs/${message.jobId}/start`)).status).toBe(404);
    expect((await other.post(`/jobs/${message.jobId}/log`, { text: "x" })).status).toBe(404);
    expect((await runner.post(`/jobs/${message.jobId}/complete`, { conclusion: "fine" })).status).toBe(400);
  });

  test("the message carries the job with its contexts, its token and the repository's files", async () => {
    rig = await startRig();
    const { sha } = await rig.push({
      ...workflow(
        "  build:\n    strategy:\n      matrix: {os: [a]}\n    runs-on: mayfly\n    steps: [{run: 'echo ${{ matrix.os }}'}]\n",
      ),
      "src/a.txt": "text",
    });
    const runner = await scriptedRunner(rig, "one", ["mayfly"]);
    const message = await runner.take();
    expect(message).toMatchObject({
      name: "build (a)",
      matrix: { os: "a" },
      strategy: { "fail-fast": true, "job-total": 1 },
      github: { repository: "octo/repo", sha, event_name: "push", ref: "refs/heads/main" },
      workflow: { name: "CI", path: ".github/workflows/ci.yml" },
    });
    expect(message.job.steps[0]?.run).toBe("echo ${{ matrix.os }}");
    expect(message.workspaceFiles["src/a.txt"]).toBe("text");
    const token = message.secrets.GITHUB_TOKEN ?? "";
    expect((await rig.call("GET", "/repos/octo/repo/contents/src/a.txt", token)).status).toBe(200);
  });
});

describe("what happens when nothing happens", () => {
  test("an idle runner is removed: its poll says so", async () => {
    rig = await startRig({ timings: { idleRunnerRemovalMs: 150 } });
    await rig.push({ "README.md": "" });
    const runner = await scriptedRunner(rig, "one", ["mayfly"]);
    await runner.session();
    expect((await runner.poll(4)).status).toBe(404);
    expect(rig.github.runners()).toEqual([]);
  });

  test("a runner that never connects is removed, a silent one goes offline", async () => {
    rig = await startRig({ timings: { offlineRunnerRemovalMs: 200, silentRunnerMs: 100 } });
    await rig.push({ "README.md": "" });
    await scriptedRunner(rig, "never", ["mayfly"]);
    const silent = await scriptedRunner(rig, "silent", ["mayfly"]);
    await silent.session();
    await until("silent offline", () => rig.events.some((item) => item.type === "runner" && item.action === "offline"));
    await until("no runners", () => rig.github.runners().length === 0);
    expect(await silent.session()).toBe(404);
  });

  test("a job that is not picked up goes to another runner", async () => {
    rig = await startRig({ timings: { pickUpMs: 200 } });
    await rig.push(workflow(job("build", "mayfly")));
    const [dead, alive] = [
      await scriptedRunner(rig, "dead", ["mayfly"]),
      await scriptedRunner(rig, "alive", ["mayfly"]),
    ];
    const lost = await dead.take();
    const message = await alive.take();
    expect(message.jobId).toBe(lost.jobId);
    expect((await dead.post(`/jobs/${lost.jobId}/start`)).status).toBe(404);
    await alive.run(message);
    expect(rig.github.jobs()[0]?.runnerName).toBe("alive");
  });

  test("a poll whose connection broke is handed nothing", async () => {
    rig = await startRig();
    await rig.push({ "README.md": "" });
    const [gone, here] = [await scriptedRunner(rig, "gone", ["mayfly"]), await scriptedRunner(rig, "here", ["mayfly"])];
    await gone.session();
    const abort = new AbortController();
    const broken = gone.poll(4, abort.signal).catch(() => undefined);
    await new Promise((resolve) => setTimeout(resolve, 50));
    abort.abort();
    await broken;
    await new Promise((resolve) => setTimeout(resolve, 50));
    await rig.push(workflow(job("build", "mayfly")));
    expect(rig.github.runners().some(({ busy }) => busy)).toBe(false);
    expect((await here.take()).name).toBe("build");
  });

  test("a runner that stops renewing loses its job: failure, in GitHub's own words", async () => {
    rig = await startRig({ timings: { jobLockMs: 200 } });
    await rig.push(workflow(job("build", "mayfly")));
    const runner = await scriptedRunner(rig, "one", ["mayfly"]);
    const message = await runner.take();
    await runner.post(`/jobs/${message.jobId}/start`);
    await until("completed", () => jobActions(rig).includes("build completed"));
    const [lost] = rig.github.jobs();
    expect([lost?.conclusion, lost?.runnerName]).toEqual(["failure", "one"]);
    expect(lost?.annotations[0]?.message).toContain("The self-hosted runner: one lost communication with the server.");
    const token = await rig.token();
    const list = await rig.call("GET", `/repos/octo/repo/check-runs/${message.jobId}/annotations`, token);
    expect(list.json?.["0"]?.message).toContain("lost communication");
    expect((await runner.post(`/jobs/${message.jobId}/complete`, { conclusion: "success" })).status).toBe(404);
    expect(rig.github.runs()[0]?.conclusion).toBe("failure");
  });
});
