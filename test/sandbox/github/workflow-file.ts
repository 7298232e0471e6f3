import type { Reply, Rig } from "./rig.ts";
import { scriptedRunner, type ScriptedRunner } from "./scripted-runner.ts";

export const FILE = ".github/workflows/ci.yml";

/** A workflow file with these jobs; `head` are more of its lines. */
export function ci(jobs: string, ...head: string[]): Record<string, string> {
  return { [FILE]: `name: CI\non: push\n${head.map((line) => `${line}\n`).join("")}jobs:\n${jobs}` };
}

/** A job with one step; `rest` are more of its lines, without indentation. */
export function job(key: string, ...rest: string[]): string {
  const lines = ["runs-on: mayfly", ...rest, "steps: [{run: 'true'}]"];
  return `  ${key}:\n${lines.map((line) => `    ${line}\n`).join("")}`;
}

/** Runs the oldest job that is handed out at once on a runner of its own; its name, or undefined when there is none. */
export async function runNext(
  rig: Rig,
  conclusion = "success",
  outputs: Record<string, string> = {},
): Promise<string | undefined> {
  const taken = await takeNext(rig);
  if (taken === undefined) return undefined;
  await taken.runner.run(taken.message, conclusion, outputs);
  return taken.message.name;
}

type Taken = {
  readonly runner: ScriptedRunner;
  readonly message: NonNullable<Awaited<ReturnType<ScriptedRunner["poll"]>>["message"]>;
};

let runners = 0;

/** A new runner with the oldest job that is handed out at once, begun; undefined when GitHub has none for it. */
export async function takeNext(rig: Rig): Promise<Taken | undefined> {
  runners += 1;
  const runner = await scriptedRunner(rig, `runner-${runners}`, ["mayfly"]);
  await runner.session();
  const { message } = await runner.poll(0);
  if (message === undefined) {
    await rig.call("DELETE", `/repos/octo/repo/actions/runners/${runner.id}`, await rig.token());
    return undefined;
  }
  await runner.post(`/jobs/${message.jobId}/start`);
  return { runner, message };
}

/** Every job with its conclusion or status. */
export function outcome(rig: Rig): string[] {
  return rig.github.jobs().map(({ name, status, conclusion }) => `${name}: ${conclusion ?? status}`);
}

/** Names of the jobs of a list over the API, with what the API says of each. */
export async function listedJobs(rig: Rig, path: string): Promise<string[]> {
  const reply = await rig.call("GET", `/repos/octo/repo/actions/runs/${path}`, await rig.token());
  const jobs = reply.json?.jobs as unknown as Listed[];
  return jobs.map(
    ({ name, status, conclusion, run_attempt: attempt }) => `${name}#${attempt}: ${conclusion ?? status}`,
  );
}

type Listed = { name: string; status: string; conclusion: string | null; run_attempt: number };

/** Ids of the runs that the API lists for a query. */
export async function listedRuns(rig: Rig, query: string): Promise<number[]> {
  const reply: Reply = await rig.call("GET", `/repos/octo/repo/actions/runs?${query}`, await rig.token());
  const runs = reply.json?.workflow_runs as unknown as { id: number }[];
  return runs.map(({ id }) => id);
}
