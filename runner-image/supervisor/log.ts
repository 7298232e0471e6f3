export type SupervisorLog = {
  info(message: string, facts?: Readonly<Record<string, unknown>>): void;
  error(message: string, facts?: Readonly<Record<string, unknown>>): void;
  /** A line of the runner, as it came. */
  raw(line: string): void;
};

/** The supervisor's own messages as JSON lines, the runner's as they are, both on standard output. */
export function supervisorLog(runner: string, write: (text: string) => void): SupervisorLog {
  const say = (level: string, message: string, facts: Readonly<Record<string, unknown>> = {}): void => {
    write(`${JSON.stringify({ level, message, ...(runner === "" ? {} : { runner }), ...facts })}\n`);
  };
  return {
    info: (message, facts) => say("info", message, facts),
    error: (message, facts) => say("error", message, facts),
    raw: (line) => write(`${line}\n`),
  };
}
