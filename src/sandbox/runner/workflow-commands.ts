import type { JobLog } from "./job-log.ts";
import type { SecretMasks } from "./secret-masks.ts";

export type JobAnnotation = { readonly level: "notice" | "warning" | "failure"; readonly message: string };

const LEVELS: Readonly<Record<string, JobAnnotation["level"]>> = {
  error: "failure",
  warning: "warning",
  notice: "notice",
};
const COMMAND = /^\s*::([a-z-]+)(?: [^:]*(?::[^:]+)*)?::(.*)$/i;

/**
 * Reads one step's output lines: `::add-mask::` hides, `::error::` and its like are annotations too, `::debug::` is
 * left out, between `::stop-commands::TOKEN` and `::TOKEN::` nothing is a command. All else goes to the log as it is.
 */
export function workflowCommands(
  log: JobLog,
  masks: SecretMasks,
  annotate: (annotation: JobAnnotation) => void,
): (line: string) => void {
  let stopToken: string | undefined;
  return (line) => {
    if (stopToken !== undefined) {
      if (line.trim() === `::${stopToken}::`) stopToken = undefined;
      log.line(line);
      return;
    }
    const [, name = "", data = ""] = COMMAND.exec(line) ?? [];
    const value = unescapeData(data);
    const level = LEVELS[name.toLowerCase()];
    if (name === "debug") return;
    if (name === "add-mask") masks.add(value);
    if (name === "stop-commands" && value !== "") stopToken = value;
    if (level !== undefined) annotate({ level, message: masks.apply(value) });
    log.line(line);
  };
}

function unescapeData(text: string): string {
  return text.replaceAll("%0D", "\r").replaceAll("%0A", "\n").replaceAll("%25", "%");
}
