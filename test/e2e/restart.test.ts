import type { ChildProcess } from "node:child_process";
import { existsSync } from "node:fs";
import { readdir, readFile } from "node:fs/promises";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { afterAll, describe, expect, test } from "@jest/globals";
import {
  cleanUp,
  commandLines,
  expectAllServed,
  makeRepository,
  newFolder,
  output,
  readOnce,
  start,
} from "./npm-start.ts";

afterAll(cleanUp);

const goingOn = /^going on with the start of \d\d:\d\d:\d\d that was ended hard\n$/;
const jobNames = ["a", "b", "c"];

const workflow = {
  ".github/workflows/ci.yml": `
on: push
jobs:
  a: { runs-on: mayfly/lambda, steps: [{ run: 'sleep 1; echo "it was $GITHUB_JOB"' }] }
  b: { runs-on: mayfly/ec2, steps: [{ run: 'sleep 1; echo "it was $GITHUB_JOB"' }] }
  c: { needs: a, runs-on: mayfly/lambda, steps: [{ run: 'echo "it was $GITHUB_JOB"' }] }
`,
};

/** Resolves when what it has shown looks right; rejects when it ended before. */
async function shown(child: ChildProcess, isRight: (text: string) => boolean): Promise<void> {
  let text = "";
  await new Promise<void>((resolve, reject) => {
    child.once("close", () => reject(new Error(`it ended before: ${text}`)));
    child.stdout?.on("data", (chunk) => {
      text += String(chunk);
      if (isRight(text)) resolve();
    });
  });
}

async function killHard(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null) throw new Error(`it has ended by itself, with ${child.exitCode}`);
  const ended = output(child);
  child.kill("SIGKILL");
  await ended;
}

/** What all log streams of the stand-in for CloudWatch hold. */
async function allLogs(data: string): Promise<string> {
  const files = await readdir(join(data, "logs"), { recursive: true, withFileTypes: true });
  const texts = files
    .filter((file) => file.isFile())
    .map(async (file) => await readFile(join(file.parentPath, file.name), "utf8"));
  return (await Promise.all(texts)).join("\n");
}

const count = (text: string, part: string): number => text.split(part).length - 1;

const moments = {
  "after the first launch": { isRight: (text: string) => text.includes("launching"), downMs: 0 },
  "in mid-job, so that GitHub's deliveries fail for a while": {
    isRight: (text: string) => count(text, "running on Lambda") >= 1,
    downMs: 1500,
  },
  "when all jobs have ended, before the report": { isRight: (text: string) => count(text, "success") >= 3, downMs: 0 },
};

describe("killed with SIGKILL and started again: nothing is lost and nothing doubled", () => {
  // one after the other: a machine has 40 s to claim its runner, and Mayfly is not there all the time
  test.each(Object.entries(moments))("%s", async (_, { isRight, downMs }) => {
    const data = await newFolder();
    const args = ["--once", "--repo", await makeRepository(workflow), "--data", data];
    const first = start(args);
    await shown(first, isRight);
    await killHard(first);
    await pause(downMs);
    const run = await readOnce(start([...args, "--json"]), data);
    expect(run.error).toMatch(goingOn);
    expectAllServed({ ...run, error: "" }, 3);
    expect(run.jobs.map(({ name, conclusion }) => `${name}: ${conclusion}`).toSorted()).toEqual(
      jobNames.map((name) => `${name}: success`),
    );
    expect(run.checkRuns).toHaveLength(1);
    const annotations = run.checkRuns[0]?.annotations.map((one) => one.title.split(":")[0]);
    expect(annotations?.toSorted()).toEqual(jobNames);
    const logs = await allLogs(run.data);
    for (const name of jobNames) expect([name, count(logs, `it was ${name}`)]).toEqual([name, 1]);
    expect((await commandLines()).filter((line) => line.includes(run.data))).toEqual([]);
  });
});

test("a start that nobody goes on with leaves nothing behind; its folder is its own as long as it lives", async () => {
  const seconds = String(100_000 + Math.floor(Math.random() * 100_000));
  const repo = await makeRepository({
    ".github/workflows/ci.yml": `
on: push
jobs:
  long: { runs-on: mayfly/lambda, steps: [{ run: 'setsid sleep ${seconds}' }] }
`,
  });
  const data = await newFolder();
  const args = ["--once", "--repo", repo, "--data", data];
  const first = start(args, { MAYFLY_SANDBOX_WAIT_SECONDS: "1" });
  await shown(first, (text) => text.includes("running on Lambda"));
  const left = async (): Promise<string[]> =>
    (await commandLines()).filter((line) => line.includes(data) || line.includes(`sleep ${seconds}`));

  const second = await output(start([...args, "--json"]));
  expect(second).toEqual({
    code: 2,
    out: "",
    error: `error: --data ${data}: another npm start is at work there; it needs a folder of its own\n`,
  });

  await killHard(first);
  expect((await left()).length).toBeGreaterThan(1);
  for (let look = 0; look < 200 && (await left()).length > 0; look += 1) await pause(100);
  expect(await left()).toEqual([]);
  expect(existsSync(join(data, "session.json"))).toBe(false);

  // what the old world had told is forgotten: its jobs have the numbers of the new one's
  const small = await makeRepository({
    ".github/workflows/ci.yml": "{ on: push, jobs: { one: { runs-on: mayfly/lambda, steps: [{ run: 'true' }] } } }",
  });
  expectAllServed(await readOnce(start(["--once", "--json", "--repo", small, "--data", data]), data), 1);
});

/** Jobs that ask it have their answer when it is opened, however slow the computer is. */
async function startGate(): Promise<{ readonly port: number; open(): void; close(): void }> {
  let open = (): void => {};
  const opened = new Promise<void>((resolve) => {
    open = resolve;
  });
  const server = createServer((_, response) => void opened.then(() => response.end()));
  await new Promise<void>((done) => {
    server.listen(0, "127.0.0.1", done);
  });
  const close = (): void => {
    server.closeAllConnections();
    server.close();
  };
  return { port: (server.address() as AddressInfo).port, open, close };
}

test("without a named folder: a living start is left alone, a killed one is found and gone on with", async () => {
  // nobody may be through before the one is killed
  const gate = await startGate();
  const repo = await makeRepository({
    ".github/workflows/ci.yml": `
on: push
jobs:
  a: { runs-on: mayfly/lambda, steps: [{ run: 'curl -sSf 127.0.0.1:${gate.port}' }] }
  b: { runs-on: mayfly/ec2, steps: [{ run: 'true' }] }
  c: { needs: a, runs-on: mayfly/lambda, steps: [{ run: 'true' }] }
`,
  });
  const cwd = await newFolder();
  const args = ["--once", "--repo", repo];
  const living = start(args, {}, cwd);
  await shown(living, (text) => text.includes("launching"));
  const beside = start(args, {}, cwd);
  const besideEnded = output(beside);
  await shown(beside, (text) => text.includes("pushed"));
  await killHard(living);
  gate.open();
  const again = await readOnce(start([...args, "--json"], {}, cwd), cwd);
  expect(again.error).toMatch(goingOn);
  expectAllServed({ ...again, error: "" }, 3);
  const { code, out } = await besideEnded;
  expect([code, out]).toEqual([0, expect.stringContaining("3 jobs of Mayfly: 3 completed, 0 lost, on 3 machines")]);
  expect(await readdir(join(cwd, ".mayfly"))).toHaveLength(2);
  expect((await commandLines()).filter((line) => line.includes(cwd))).toEqual([]);
  gate.close();
});

test("stand-ins that cannot be started say why", async () => {
  const data = await newFolder();
  const { code, error } = await output(start(["--once", "--data", data], { MAYFLY_SANDBOX_WAIT_SECONDS: "never" }));
  const reason = "MAYFLY_SANDBOX_WAIT_SECONDS=never: it must be a number of seconds from 0 to 3600";
  expect([code, error]).toEqual([2, `error: the stand-ins cannot be started: ${reason}\n`]);
});
