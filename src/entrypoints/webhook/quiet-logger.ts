import type { Logger } from "pino";
import type { Log } from "../../core/ports.ts";

/**
 * A logger as Probot wants one, on a log of ours, without what Probot would put into it: its errors carry the whole
 * payload of the event, and what it says of requests their headers.
 */
export function quietLogger(log: Log): Logger {
  const says =
    (level: keyof Log) =>
    (first: unknown, second?: unknown): void => {
      const text = [first, second].find((one) => typeof one === "string") ?? "Probot";
      log[level](text, first instanceof Error ? { error: `${first.name}: ${first.message}` } : {});
    };
  const [debug, info, warn, error] = [says("debug"), says("info"), says("warn"), says("error")];
  const logger = { debug, info, warn, error, trace: debug, fatal: error, level: "info", child: () => logger };
  return logger as unknown as Logger;
}
