import type { Log, Message } from "./ports.ts";
import { runKeyOf } from "./model/run.ts";

/** The same log, each line with these facts; a line's own facts count more. */
export function logAbout(log: Log, about: Readonly<Record<string, unknown>>): Log {
  return {
    debug: (message, facts) => log.debug(message, { ...about, ...facts }),
    info: (message, facts) => log.info(message, { ...about, ...facts }),
    warn: (message, facts) => log.warn(message, { ...about, ...facts }),
    error: (message, facts) => log.error(message, { ...about, ...facts }),
  };
}

/** Whose message it is: the ids by which one job's story is found in the log. Never throws, whatever it was sent. */
export function idsIn(message: Message): Readonly<Record<string, unknown>> {
  try {
    return idsOf(message);
  } catch {
    return {};
  }
}

function idsOf(message: Message): Readonly<Record<string, unknown>> {
  switch (message.kind) {
    case "job": {
      const { delivery, job, repository } = message;
      const run = runKeyOf({ ...job, repository });
      return { kind: message.kind, action: message.action, delivery, repository: repository.id, run, job: job.id };
    }
    case "run":
      return { kind: message.kind, repository: message.repository.id, run: runKeyOf(message) };
    case "wake":
      return { kind: message.kind, job: message.jobId };
    case "report":
    case "rerun":
    case "cancel":
      return { kind: message.kind, run: message.run };
    case "reap":
    case "invocation-failed":
      return { kind: message.kind, runner: message.runner };
    case "machine":
      return { kind: message.kind, machineId: message.machineId };
    case "pool":
    case "sweep":
    case "changed":
    case "lint":
      return { kind: message.kind, repository: message.repository.id };
    default:
      return {};
  }
}

/** Of a request of the host channel: the runner that it says to come from. */
export function runnerIn(body: unknown): Readonly<Record<string, unknown>> {
  const runner = typeof body === "object" && body !== null && "runner" in body ? body.runner : undefined;
  return typeof runner === "string" && /^[\w.-]{1,128}$/.test(runner) ? { runner } : {};
}
