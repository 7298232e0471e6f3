import { spawn } from "node:child_process";
import type { ChildProcess } from "node:child_process";
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join, resolve } from "node:path";
import { expect } from "@jest/globals";
import type { Summary } from "../../src/entrypoints/local/summary.ts";

const root = resolve(import.meta.dirname, "../..");

export type JobLine = {
  readonly event: "job";
  readonly id: number;
  readonly name: string;
  readonly execution: string;
  readonly labels: string[];
  readonly runner: string | null;
  readonly state: string;
  readonly conclusion: string | null;
  readonly reason?: { readonly code: string };
  readonly queuedAt: string | null;
  readonly launchedAt: string | null;
  readonly startedAt: string | null;
  readonly completedAt: string | null;
  readonly logUrl: string | null;
  readonly logFile: string | null;
};
export type CheckRunLine = {
  readonly event: "check_run";
  readonly name: string;
  readonly conclusion: string;
  readonly title: string;
  readonly summary: string;
  readonly text: string;
  readonly annotations: { path: string; startLine: number; level: string; title: string; message: string }[];
};
export type Once = {
  readonly code: number | null;
  readonly jobs: JobLine[];
  readonly checkRuns: CheckRunLine[];
  readonly summary: Summary;
  readonly error: string;
  readonly data: string;
};

/** Folders of this test file, removed by `cleanUp`. */
const folders: string[] = [];

export async function newFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), "mayfly-e2e-"));
  folders.push(folder);
  return folder;
}

export async function cleanUp(): Promise<void> {
  await Promise.all(folders.splice(0).map((folder) => rm(folder, { recursive: true, force: true })));
}

/** A repository made on the spot: path → text. */
export async function makeRepository(files: Record<string, string>): Promise<string> {
  const folder = await newFolder();
  for (const [path, text] of Object.entries(files)) {
    await mkdir(dirname(join(folder, path)), { recursive: true });
    await writeFile(join(folder, path), text);
  }
  return folder;
}

/** Starts what `npm start` starts, in the directory `cwd`. */
export function start(args: readonly string[], env: Record<string, string> = {}, cwd = root): ChildProcess {
  const main = join(root, "src/entrypoints/local/main.ts");
  return spawn(process.execPath, ["--disable-warning=ExperimentalWarning", main, ...args], {
    cwd,
    env: { PATH: process.env["PATH"], HOME: process.env["HOME"], ...env },
    stdio: ["ignore", "pipe", "pipe"],
  });
}

export async function output(child: ChildProcess): Promise<{ code: number | null; out: string; error: string }> {
  let [out, error] = ["", ""];
  child.stdout?.on("data", (chunk) => (out += String(chunk)));
  child.stderr?.on("data", (chunk) => (error += String(chunk)));
  const code = await new Promise<number | null>((done) => {
    child.once("close", done);
  });
  return { code, out, error };
}

/** `npm start -- --once --json …` in a new folder. */
export async function once(...args: string[]): Promise<Once> {
  const data = await newFolder();
  return await readOnce(start(["--once", "--json", "--data", data, ...args]), data);
}

/** Waits for the end of a start with `--once --json`; every line of its output is read as JSON. */
export async function readOnce(child: ChildProcess, data: string): Promise<Once> {
  const { code, out, error } = await output(child);
  const lines = out
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line) as JobLine | CheckRunLine | Summary);
  const summary = lines.at(-1);
  if (summary?.event !== "summary") throw new Error(`no summary at the end of ${out}${error}`);
  return {
    code,
    data,
    error,
    summary,
    jobs: lines.filter((line) => line.event === "job"),
    checkRuns: lines.filter((line) => line.event === "check_run"),
  };
}

/** Everything ran on a machine of its own and nothing is left. */
export function expectAllServed({ code, summary, error }: Once, jobs: number): void {
  expect([code, error]).toEqual([0, ""]);
  expect(summary).toMatchObject({ jobs, completed: jobs, launches: jobs, lost: 0, runnersLeft: 0, machinesLeft: 0 });
}

/** Command lines of all processes that this test can see. */
export async function commandLines(): Promise<string[]> {
  const pids = (await readdir("/proc")).filter((name) => /^\d+$/.test(name));
  return await Promise.all(
    pids.map(async (pid) => (await readFile(`/proc/${pid}/cmdline`, "utf8").catch(() => "")).replaceAll("\0", " ")),
  );
}
