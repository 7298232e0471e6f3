import { realpathSync, rmSync } from "node:fs";
import { dirname, join } from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import { takeJitConfig } from "./jit-config.ts";
import type { RunnerSettings } from "./jit-config.ts";
import type { JobMessage } from "./job-message.ts";
import { connectServer } from "./server.ts";
import type { Server } from "./server.ts";
import { createStop } from "./stop.ts";
import type { Stop } from "./stop.ts";

/** As the real runner: a step has 7.5 s after SIGINT, then 2.5 s after SIGTERM. */
const GRACE = { interruptMs: 7500, terminateMs: 2500 };
/** SIGTERM leaves a job so long, whatever its steps do. */
const TERMINATE_WITHIN_MS = 30_000;
const POLL_SECONDS = 50;
/** The real one gives up after 4 minutes of 30 s each. */
const CONFLICT = { tries: 5, everyMs: 500 };
/** The real one never gives up; a stand-in whose fake GitHub has ended is of no use to anybody. */
const UNREACHABLE_MS = 60_000;

const EXIT = { done: 0, failed: 1, conflict: 5 };
const RESULTS = {
  success: { exitCode: 100, shown: "Succeeded" },
  failure: { exitCode: 102, shown: "Failed" },
  cancelled: { exitCode: 103, shown: "Canceled" },
} as const;

const root = dirname(dirname(realpathSync(import.meta.filename)));

process.stdout.on("error", () => undefined); // whoever read it has gone; the job goes on
print("This is Mayfly's stand-in for the Actions runner");
const exitCode = await main();
process.stdout.write("", () => process.exit(exitCode));

async function main(): Promise<number> {
  if (process.argv[2] !== "run") {
    print(`Unrecognized command: ${process.argv.slice(2).join(" ")}. The stand-in knows "run" only.`);
    return EXIT.failed;
  }
  const stop = createStop();
  process.on("SIGINT", () => stop.now("shutdown"));
  process.on("SIGTERM", () => {
    stop.now("shutdown");
    setTimeout(() => process.exit(EXIT.failed), TERMINATE_WITHIN_MS).unref();
  });
  try {
    const settings = takeJitConfig(process.env, root);
    const server = connectServer(settings.serverUrl, settings.accessToken);
    return (await openSession(server, stop)) ?? (await listen(server, settings, stop));
  } catch (error) {
    print(`An error occurred: ${error instanceof Error ? error.message : String(error)}`);
    return EXIT.failed;
  }
}

/** An exit code when there is no session to be had. */
async function openSession(server: Server, stop: Stop): Promise<number | undefined> {
  for (let attempt = 1; ; attempt++) {
    const { status } = await server.insist("POST", "/session", { body: {} });
    if (status === 200) break;
    if (status !== 409) {
      print(
        "Failed to create a session. The runner registration has been deleted from the server, please re-configure.",
      );
      return EXIT.failed;
    }
    print("A session for this runner already exists.");
    if (attempt === CONFLICT.tries) return EXIT.conflict;
    await wait(CONFLICT.everyMs);
    if (stop.signal.aborted) return EXIT.done;
  }
  print("\n√ Connected to GitHub\n");
  print("Current runner version: 'stand-in'");
  print(`${now()}: Listening for Jobs`);
  return undefined;
}

async function listen(server: Server, settings: RunnerSettings, stop: Stop): Promise<number> {
  for (;;) {
    const message = await nextMessage(server, stop);
    if (typeof message === "number") return message;
    const exit = await takeJob(server, settings, stop, message);
    if (exit !== undefined) return exit;
  }
}

/** The next job, or an exit code when there will be none. */
async function nextMessage(server: Server, stop: Stop): Promise<JobMessage | number> {
  let reachedMs = Date.now();
  while (!stop.signal.aborted) {
    try {
      const path = `/message?wait=${String(POLL_SECONDS)}`;
      const { status, body } = await server.call("GET", path, { signal: stop.signal });
      reachedMs = Date.now();
      if (status === 200) return body as JobMessage;
      if (status === 404 || status === 401) {
        print("The runner no longer exists on the server. Cleaning up local configuration.");
        removeConfiguration();
        return EXIT.done;
      }
      if (status !== 202) throw new Error(`The server answered ${String(status)}`);
    } catch (error) {
      if (stop.signal.aborted) break;
      print(`${now()}: Runner connect error: ${(error as Error).message}. Retrying until reconnected.`);
      if (Date.now() - reachedMs > UNREACHABLE_MS) return EXIT.failed;
      await wait(500);
    }
  }
  print("Exiting...");
  return EXIT.done;
}

/** Runs the one job of an ephemeral runner; undefined when GitHub did not let it have the job after all. */
async function takeJob(
  server: Server,
  settings: RunnerSettings,
  stop: Stop,
  message: JobMessage,
): Promise<number | undefined> {
  const started = await server.insist("POST", `/jobs/${String(message.jobId)}/start`, { body: {} });
  if (started.status !== 200) {
    print(`${now()}: Skipping message Job. Job message not found '${String(message.jobId)}'.`);
    return undefined;
  }
  const name = message.name ?? message.job.key;
  print(`${now()}: Running job: ${name}`);
  const { runJob } = await import("./run-job.ts"); // the expression engine is of no use to an idle runner
  const env = Object.fromEntries(
    Object.entries(process.env).filter((entry): entry is [string, string] => entry[1] !== undefined),
  );
  const conclusion = await runJob(message, { ...settings, root, env, grace: GRACE, print }, server, stop);
  print(`${now()}: Job ${name} completed with result: ${RESULTS[conclusion].shown}`);
  removeConfiguration();
  const wantsResult = process.env["ACTIONS_RUNNER_RETURN_JOB_RESULT_FOR_HOSTED"] === "1";
  return wantsResult ? RESULTS[conclusion].exitCode : EXIT.done;
}

function removeConfiguration(): void {
  for (const name of [".runner", ".credentials", ".credentials_rsaparams"]) rmSync(join(root, name), { force: true });
}

function now(): string {
  return new Date().toISOString().replace("T", " ").replace(/\.\d+/, "");
}

function print(line: string): void {
  process.stdout.write(`${line}\n`);
}
