import { spawn } from "node:child_process";
import { cp, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { buildStandIn } from "../../../src/sandbox/runner/build.ts";
import type { JobMessage } from "../../../src/sandbox/runner/job-message.ts";
import { parseWorkflowFile } from "../../../src/sandbox/workflow/parse.ts";
import { fakeServer } from "./fake-server.ts";

/** What the runner says who it is by. */
export const TOKEN = "token-of-this-runner";

/** Builds the stand-in once, starts it as a real child process as often as asked, and cleans up after itself. */
export async function rig() {
  const folder = await mkdtemp(join(tmpdir(), "mayfly-runner-"));
  const distribution = await buildStandIn(join(folder, "dist"));
  const closers: (() => Promise<void>)[] = [];
  let count = 0;

  async function start(
    options: {
      job?: JobMessage;
      env?: Record<string, string>;
      blob?: string;
      sessionStatus?: number;
      prepare?: (root: string) => void;
    } = {},
  ) {
    const server = await fakeServer(TOKEN);
    server.state.job = options.job;
    server.state.sessionStatus = options.sessionStatus ?? 200;
    const root = join(folder, `runner-${String((count += 1))}`);
    await cp(distribution, root, { recursive: true });
    options.prepare?.(root);
    const child = spawn("bin/Runner.Listener", ["run"], {
      cwd: root,
      env: {
        PATH: process.env["PATH"] ?? "",
        ACTIONS_RUNNER_INPUT_JITCONFIG: options.blob ?? jitConfig(server.url),
        ACTIONS_RUNNER_RETURN_JOB_RESULT_FOR_HOSTED: "1",
        ...options.env,
      },
      stdio: ["ignore", "pipe", "pipe"],
    });
    let output = "";
    const waiting = new Set<() => void>();
    for (const stream of [child.stdout, child.stderr]) {
      stream.on("data", (chunk: Buffer) => {
        output += chunk.toString();
        for (const look of waiting) look();
      });
    }
    const exitCode = new Promise<number | null>((resolve) => child.once("close", (code) => resolve(code)));
    closers.push(async () => {
      child.kill("SIGKILL");
      await exitCode;
      await server.close();
    });
    return {
      root,
      server,
      exitCode,
      pid: child.pid ?? 0,
      output: () => output,
      kill: (signal: NodeJS.Signals) => child.kill(signal),
      /** Resolves when the output holds `text`. */
      says: (text: string) =>
        new Promise<void>((resolve, reject) => {
          const look = (): void => {
            if (!output.includes(text)) return;
            waiting.delete(look);
            resolve();
          };
          waiting.add(look);
          look();
          void exitCode.then(() => reject(new Error(`It ended without saying ${text}:\n${output}`)));
        }),
    };
  }

  /** Runs one job to its end. */
  async function run(workflow: string, more: Partial<JobMessage> = {}, env: Record<string, string> = {}) {
    const runner = await start({ job: await jobOf(workflow, more), env });
    const exitCode = await runner.exitCode;
    const { seen } = runner.server;
    const conclusions = Object.fromEntries(seen.steps.map((step) => [step.name, step.conclusion]));
    return { ...runner, exitCode, seen, conclusions, text: runner.output(), completion: seen.completion };
  }

  return {
    start,
    run,
    async close() {
      await Promise.all(closers.map((close) => close()));
      await rm(folder, { recursive: true, force: true });
    },
  };
}

export function jitConfig(serverUrl: string): string {
  const base64 = (value: unknown): string => Buffer.from(JSON.stringify(value)).toString("base64");
  return base64({
    ".runner": base64({ AgentId: "1", AgentName: "mayfly-1-1-1", ServerUrl: serverUrl, WorkFolder: "_work" }),
    ".credentials": base64({ scheme: "OAuth", data: { accessToken: TOKEN } }),
    ".credentials_rsaparams": base64({ d: "x" }),
  });
}

/** The message for the first job of a workflow, of which the lines below `jobs:` JOB are given. */
export async function jobOf(lines: string, more: Partial<JobMessage> = {}): Promise<JobMessage> {
  const text = `on: push\nenv:\n  LEVEL: workflow\njobs:\n  build:\n    runs-on: mayfly\n${lines}`;
  const { errors, workflow } = await parseWorkflowFile(".github/workflows/test.yml", text);
  const job = workflow?.jobs[0];
  if (workflow === undefined || job === undefined) throw new Error(JSON.stringify(errors));
  return {
    jobId: 7,
    runId: 5,
    runAttempt: 1,
    runNumber: 3,
    name: "build",
    job,
    workflow: { name: workflow.name, path: workflow.path, env: workflow.env, defaults: workflow.defaults },
    matrix: null,
    strategy: { "fail-fast": true, "job-index": 0, "job-total": 1 },
    needs: {},
    github: { repository: "octo/hello", sha: "abc", ref: "refs/heads/main", event_name: "push", event: { number: 9 } },
    vars: {},
    secrets: { GITHUB_TOKEN: "ghs_of_the_job", PASSWORD: "hunter2" },
    ...more,
  };
}
