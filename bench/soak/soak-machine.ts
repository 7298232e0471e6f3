import { randomUUID } from "node:crypto";
import { setTimeout as pause } from "node:timers/promises";
import { askAboutJob } from "../../runner-image/supervisor/ask-about-job.ts";
import { claimRunner } from "../../runner-image/supervisor/claim.ts";
import type { Claimed } from "../../runner-image/supervisor/claim.ts";
import { hostEvents } from "../../runner-image/supervisor/host-channel.ts";
import type { HostEvents } from "../../runner-image/supervisor/host-channel.ts";
import type { Payload } from "../../runner-image/supervisor/payload.ts";
import type { JobMessage } from "../../src/sandbox/runner/job-message.ts";
import { connectServer } from "../../src/sandbox/runner/server.ts";
import type { Server } from "../../src/sandbox/runner/server.ts";

/**
 * How a machine ended: it ran a job · the claim was refused (another machine has the runner, or nobody needs it) · the
 * host channel did not answer in time · it was told that it is not needed · no job came · GitHub knew it no longer ·
 * it was told before the first step that its job may not run.
 */
export type MachineEnd = "ran" | "refused" | "unreachable" | "unwanted" | "idle" | "removed" | "forbidden";

export type MachineLife = {
  readonly end: MachineEnd;
  readonly jobId: number | undefined;
  /** Mayfly was asked, and allowed the job before its first step. */
  readonly allowed: boolean;
};

export type MachineTimes = { readonly bootMs: number; readonly jobMs: number };

/** First pause of the host before it asks again, as the supervisor's default. */
const retryMs = 500;
/** So long the host asks whether a job may run, as the supervisor's default. */
const askWithinMs = 60_000;
const exitCodes: Readonly<Partial<Record<MachineEnd, number>>> = { ran: 100, idle: 0, unwanted: 0, removed: 0 };
const outcomes: Readonly<Partial<Record<MachineEnd, string>>> = {
  ran: "job-succeeded",
  idle: "idle",
  unwanted: "no-job",
  removed: "no-job",
  forbidden: "refused-job",
};

const noJob = { jobId: undefined, allowed: false } as const;

/**
 * One machine without a process of its own: it claims and reports by the code of the real supervisor, and speaks the
 * stand-in runner's protocol to GitHub, but the job is only a pause, which begins when Mayfly has allowed it.
 */
export async function liveAsMachine(payload: Payload, { bootMs, jobMs }: MachineTimes): Promise<MachineLife> {
  await pause(bootMs);
  const claim = await claimRunner(payload, { untilMs: payload.claimByMs, retryMs, onRetry: () => undefined });
  if (claim.kind !== "claimed") return { end: claim.kind, ...noJob };
  const unwanted = new AbortController();
  const { hostUrl, runner } = payload;
  const events = hostEvents({ hostUrl, runner, session: claim.session, retryMs }, () => unwanted.abort());
  events.send({ type: "booted", logGroup: "/aws/lambda/soak", logStream: randomUUID(), region: "eu-central-1" });
  const { serverUrl, accessToken } = readJitConfig(claim.jitConfig);
  const mayRun = async ({ runId, runAttempt: attempt }: JobMessage): Promise<boolean> => {
    const question = { runner, session: claim.session, runId, attempt };
    const giveUp = AbortSignal.timeout(askWithinMs);
    return (await askAboutJob(hostUrl, question, { retryMs, giveUp, onRetry: () => undefined })).allowed;
  };
  const listening = { events, jobMs, unwanted: unwanted.signal, mayRun };
  const life = await listen(connectServer(serverUrl, accessToken), claim, listening);
  const { end } = life;
  const cause = `the machine of the soak: ${end}`;
  const [outcome, exitCode] = [outcomes[end] ?? "crashed", exitCodes[end] ?? null];
  events.send({ type: "ended", exitCode, outcome, cause, peakMemoryMb: 100 });
  await events.settled(15_000);
  return life;
}

type Listening = {
  readonly events: HostEvents;
  readonly jobMs: number;
  readonly unwanted: AbortSignal;
  /** The job-started hook. */
  readonly mayRun: (message: JobMessage) => Promise<boolean>;
};

async function listen(
  server: Server,
  { idleSeconds, askBeforeJob }: Claimed,
  { events, jobMs, unwanted, mayRun }: Listening,
): Promise<MachineLife> {
  const { status } = await server.insist("POST", "/session", { body: {} });
  if (status !== 200) return { end: "removed", ...noJob };
  events.send({ type: "listening" });
  const idleUntilMs = Date.now() + idleSeconds * 1000;
  while (!unwanted.aborted && Date.now() < idleUntilMs) {
    const waitSeconds = Math.min(20, Math.ceil((idleUntilMs - Date.now()) / 1000));
    const message = await poll(server, waitSeconds, unwanted);
    if (message === "gone") return { end: "removed", ...noJob };
    if (message === "nothing") continue;
    const { jobId } = message;
    const started = await server.insist("POST", `/jobs/${jobId}/start`, { body: {} });
    if (started.status !== 200) continue;
    events.send({ type: "job-started" });
    if (askBeforeJob && !(await mayRun(message))) return { end: "forbidden", jobId, allowed: false };
    await pause(jobMs);
    const completed = await server.insist("POST", `/jobs/${jobId}/complete`, { body: { conclusion: "success" } });
    if (completed.status !== 200) throw new Error(`job ${jobId} could not be completed: ${completed.status}`);
    return { end: "ran", jobId, allowed: askBeforeJob };
  }
  return { end: unwanted.aborted ? "unwanted" : "idle", ...noJob };
}

async function poll(
  server: Server,
  waitSeconds: number,
  signal: AbortSignal,
): Promise<JobMessage | "gone" | "nothing"> {
  try {
    const { status, body } = await server.call("GET", `/message?wait=${waitSeconds}`, { signal });
    if (status === 200) return body as JobMessage;
    return status === 202 ? "nothing" : "gone";
  } catch (error) {
    if (signal.aborted) return "nothing";
    throw error;
  }
}

/** Reads what the listener reads of a JIT config: base64 of JSON of base64 files. */
function readJitConfig(text: string): { readonly serverUrl: string; readonly accessToken: string } {
  const decoded = (encoded: string): unknown => JSON.parse(Buffer.from(encoded, "base64").toString());
  const files = decoded(text) as Record<string, string>;
  const settings = decoded(files[".runner"] ?? "") as { readonly ServerUrl: string };
  const credentials = decoded(files[".credentials"] ?? "") as { readonly data: { readonly accessToken: string } };
  return { serverUrl: settings.ServerUrl, accessToken: credentials.data.accessToken };
}
