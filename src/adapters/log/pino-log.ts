import { pino } from "pino";
import type { DestinationStream, Logger } from "pino";
import type { Log } from "../../core/ports.ts";
import { escapeHidden } from "./escape-hidden.ts";
import { redact } from "./redact.ts";

/**
 * A pino logger that writes JSON lines with secrets replaced and nothing hidden in them. `level`: pino's names,
 * `silent` for nothing.
 */
export function redactingLogger(level: string, destination: DestinationStream): Logger {
  return pino({ level, base: null, hooks: { streamWrite: (line) => escapeHidden(redact(line)) } }, destination);
}

/** The core's log on a pino logger. */
export function pinoLog(logger: Logger): Log {
  return {
    debug: (message, facts) => logger.debug(facts ?? {}, message),
    info: (message, facts) => logger.info(facts ?? {}, message),
    warn: (message, facts) => logger.warn(facts ?? {}, message),
    error: (message, facts) => logger.error(facts ?? {}, message),
  };
}
