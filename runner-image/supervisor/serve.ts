import { claimRunner, type Claimed } from "./claim.ts";
import type { Outcome } from "./exit-codes.ts";
import { hostEvents } from "./host-channel.ts";
import { cleanUp } from "./layout.ts";
import { supervisorLog, type SupervisorLog } from "./log.ts";
import type { Payload } from "./payload.ts";
import { redactor } from "./redact.ts";
import { runListener, type ListenerRun } from "./run-listener.ts";
import type { Invocation } from "./runtime-api.ts";
import type { Settings } from "./settings.ts";
import { usageMeter } from "./usage-meter.ts";

/** What the invocation answers; nobody but a person reading logs depends on it. */
export type Served = {
  readonly runner: string;
  readonly outcome: Outcome | "not-claimed";
  readonly exitCode: number | null;
  readonly cause: string;
};

export type ServeHost = {
  readonly settings: Settings;
  readonly environment: Readonly<NodeJS.ProcessEnv>;
  readonly write: (text: string) => void;
};

/**
 * Serves one invocation: claims the runner, runs its listener, cleans up behind it. Never rejects: whatever goes
 * wrong after the claim is told to the host channel as `crashed`.
 */
export async function serve(payload: Payload, invocation: Invocation, host: ServeHost): Promise<Served> {
  const log = supervisorLog(payload.runner, host.write);
  const machineEndMs = Number.isFinite(invocation.deadlineMs) ? invocation.deadlineMs : Number.POSITIVE_INFINITY;

  const notClaimed = (cause: string): Served => {
    log.info("Ends without a runner", { cause });
    return { runner: payload.runner, outcome: "not-claimed", exitCode: null, cause };
  };
  if (Date.now() > payload.claimByMs) return notClaimed("The machine started too late to claim.");
  if (invocation.tenantId !== payload.runner) return notClaimed("The tenant is not the runner that the event names.");

  const claim = await claimRunner(payload, {
    untilMs: Math.min(payload.claimByMs, machineEndMs - host.settings.killBeforeEndMs),
    retryMs: host.settings.retryMs,
    onRetry: (reason) => log.info("The host channel cannot answer yet", { reason }),
  });
  if (claim.kind === "unreachable") return notClaimed("The host channel could not be reached in time.");
  if (claim.kind === "refused") return notClaimed(`The host channel refused the claim (${String(claim.status)}).`);

  const endMs = Math.min(machineEndMs, payload.endByMs, claim.endByMs ?? Number.POSITIVE_INFINITY);
  return await serveClaimed(payload, claim, endMs, log, host);
}

async function serveClaimed(
  payload: Payload,
  claimed: Claimed,
  endMs: number,
  log: SupervisorLog,
  host: ServeHost,
): Promise<Served> {
  const { settings } = host;
  const meter = usageMeter(settings.tmp);
  const unwanted = new AbortController();
  const events = hostEvents(
    { hostUrl: payload.hostUrl, runner: payload.runner, session: claimed.session, retryMs: settings.retryMs },
    () => unwanted.abort(),
  );
  log.info("Claimed", { githubRunnerName: claimed.githubRunnerName, endMs });
  events.send({
    type: "booted",
    logGroup: settings.logGroup,
    logStream: settings.logStream,
    region: settings.region,
  });
  const secrets = redactor([claimed.jitConfig, claimed.session, payload.token]);
  const run = await cleanUp(settings.tmp, settings.scope)
    .then(() =>
      runListener({
        settings,
        environment: host.environment,
        payload,
        claimed,
        endMs,
        redactor: secrets,
        log,
        onListening: () => events.send({ type: "listening" }),
        onJobStarted: () => events.send({ type: "job-started" }),
        unwanted: unwanted.signal,
      }),
    )
    .catch((error: unknown): ListenerRun => {
      const message = secrets.redact(error instanceof Error ? error.message : String(error));
      return {
        outcome: "crashed",
        cause: `The machine could not run the runner: ${message}`,
        exitCode: null,
        peakMemoryMb: null,
      };
    });
  const usage = meter.read(run.peakMemoryMb);
  await cleanUp(settings.tmp, settings.scope);
  log.info("Ended", { outcome: run.outcome, exitCode: run.exitCode, cause: run.cause, peakMemoryMb: run.peakMemoryMb });
  events.send({
    type: "ended",
    exitCode: run.exitCode,
    outcome: run.outcome,
    cause: run.cause,
    peakMemoryMb: run.peakMemoryMb,
    usage,
  });
  await events.settled(Math.min(15_000, endMs - Date.now() - 500));
  return { runner: payload.runner, outcome: run.outcome, exitCode: run.exitCode, cause: run.cause };
}
