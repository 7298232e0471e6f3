import { randomUUID } from "node:crypto";
import type { Claimed } from "./claim.ts";
import { markerName, runnerEnvironment } from "./environment.ts";
import { ending, type Ending } from "./exit-codes.ts";
import { guardListener } from "./guard.ts";
import { openJobGate, type JobGate } from "./job-gate.ts";
import { layOutRunner, layoutOf, type Layout } from "./layout.ts";
import { startListener } from "./listener.ts";
import type { SupervisorLog } from "./log.ts";
import type { Payload } from "./payload.ts";
import { peakMemory } from "./peak-memory.ts";
import { runnerProcesses } from "./processes.ts";
import type { Redactor } from "./redact.ts";
import type { Settings } from "./settings.ts";

export type ListenerRun = Ending & { readonly exitCode: number | null; readonly peakMemoryMb: number | null };

export type ListenerRunOptions = {
  readonly settings: Settings;
  readonly environment: Readonly<NodeJS.ProcessEnv>;
  readonly payload: Payload;
  readonly claimed: Claimed;
  readonly endMs: number;
  readonly redactor: Redactor;
  readonly log: SupervisorLog;
  readonly onListening: () => void;
  readonly onJobStarted: () => void;
  /** Aborted when nobody needs the runner any more. */
  readonly unwanted: AbortSignal;
};

const sampleEveryMs = 1_000;

/**
 * Lays the runner out, runs its listener to its end, and ends every process that it left; of a job that must not run,
 * all at once. Resolves however that goes; rejects only when the runner could not be laid out.
 */
export async function runListener(options: ListenerRunOptions): Promise<ListenerRun> {
  const { settings, claimed, log, endMs } = options;
  const layout = layoutOf(settings.tmp);
  const detail = `runner ${claimed.githubRunnerName}, log group ${settings.logGroup}, log stream ${settings.logStream}`;
  await layOutRunner(settings.distribution, layout, detail);

  const marker = randomUUID();
  let listenerPid: number | undefined;
  const processes = runnerProcesses(settings.scope, `${markerName}=${marker}`, () => listenerPid);
  const patienceMs = (): number => Math.min(5_000, Math.max(500, endMs - Date.now() - 2_500));
  let refusal: string | undefined;
  const gate = await gateFor(options, layout, (reason) => {
    refusal = reason;
    log.info("Ends the runner: the job must not run", { reason });
    void processes.endAll(patienceMs());
  });
  const listener = startListener({
    root: layout.root,
    environment: runnerEnvironment(options.environment, {
      home: layout.home,
      tmp: settings.tmp,
      jitConfig: claimed.jitConfig,
      marker,
      hook: gate?.hook,
    }),
    redact: options.redactor.redact,
    onLine: (line) => watch(line),
  });
  listenerPid = listener.pid;
  const memory = listener.pid === undefined ? undefined : peakMemory(listener.pid, sampleEveryMs);
  const guard = guardListener(listener, {
    endMs,
    shutdownMs: claimed.shutdownSeconds * 1000,
    killBeforeEndMs: settings.killBeforeEndMs,
    idleMs: claimed.idleSeconds * 1000,
    connectWithinMs: settings.connectWithinMs,
    stopGraceMs: settings.stopGraceMs,
  });
  options.unwanted.addEventListener("abort", () => guard.unwanted());
  const watch = lineWatch({
    raw: (line) => log.raw(line),
    onListening: () => {
      guard.listening();
      options.onListening();
    },
    onJobStarted: () => {
      guard.jobStarted();
      memory?.sample();
      options.onJobStarted();
    },
  });

  const { code, signal } = await listener.exited;
  guard.dispose();
  gate?.close();
  const peakMemoryMb = memory?.stop() ?? null;
  const left = await processes.endAll(patienceMs());
  if (left > 0) log.error("Processes of the runner could not be ended", { left });
  await listener.drained(500);
  const how: Ending =
    refusal === undefined ? ending(code, signal, guard.reason()) : { outcome: "refused-job", cause: refusal };
  return { ...how, exitCode: code, peakMemoryMb };
}

/** What asks before the job's first step; undefined where the claim's answer spares that. */
async function gateFor(
  { settings, claimed, payload, redactor, log }: ListenerRunOptions,
  { hook: folder, home }: Layout,
  onRefused: (reason: string) => void,
): Promise<JobGate | undefined> {
  if (!claimed.askBeforeJob) return undefined;
  const { askWithinMs, retryMs, refusalShownMs } = settings;
  const { hostUrl, runner } = payload;
  return await openJobGate({
    hostUrl,
    runner,
    session: claimed.session,
    folder,
    home,
    askWithinMs,
    retryMs,
    refusalShownMs,
    onRefused,
    hide: redactor.hide,
    onRetry: (reason) => log.info("The host channel cannot say yet whether the job may run", { reason }),
  });
}

const stamp = /^(?:\d{4}-\d\d-\d\d \d\d:\d\d:\d\dZ: )?/.source;
const listeningLine = new RegExp(`${stamp}Listening for Jobs`);
const jobLine = new RegExp(`${stamp}Running job: `);

/** Passes every line on, and says once each when the listener listens and when it has a job. */
function lineWatch(options: {
  readonly raw: (line: string) => void;
  readonly onListening: () => void;
  readonly onJobStarted: () => void;
}): (line: string) => void {
  let listening = false;
  let started = false;
  return (line) => {
    options.raw(line);
    if (!listening && listeningLine.test(line)) {
      listening = true;
      options.onListening();
    } else if (!started && jobLine.test(line)) {
      started = true;
      options.onJobStarted();
    }
  };
}
