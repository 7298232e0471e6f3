import { Logger } from "@aws-lambda-powertools/logger";
import type { Log } from "../../core/ports.ts";
import { escapeHidden } from "./escape-hidden.ts";
import { redact } from "./redact.ts";

export type LogLevel = "debug" | "info" | "warn" | "error";

export type PowertoolsLogOptions = {
  /** The function: `webhook`, `worker`, … */
  readonly service: string;
  readonly level: LogLevel;
};

const levels = { debug: "DEBUG", info: "INFO", warn: "WARN", error: "ERROR" } as const;

/**
 * Powertools' structured logger: JSON lines that CloudWatch Logs Insights reads by itself, with secrets replaced and
 * nothing hidden in them.
 */
export function powertoolsLogger({ service, level }: PowertoolsLogOptions): Logger {
  return new Logger({
    serviceName: service,
    logLevel: levels[level],
    jsonReplacerFn: (_key, value: unknown) => (typeof value === "string" ? harmless(value) : value),
  });
}

/** JSON writes line breaks as escapes by itself, and those of a stack are worth reading. */
function harmless(text: string): string {
  return redact(text).split("\n").map(escapeHidden).join("\n");
}

/** The core's log on it. */
export function powertoolsLog(logger: Pick<Logger, LogLevel>): Log {
  return {
    debug: (message, facts = {}) => logger.debug(message, facts),
    info: (message, facts = {}) => logger.info(message, facts),
    warn: (message, facts = {}) => logger.warn(message, facts),
    error: (message, facts = {}) => logger.error(message, facts),
  };
}
