import type { SecretMasks } from "./secret-masks.ts";

export type JobLog = {
  /** Adds one line, masked, to the listener's output and to the job's log at GitHub. */
  line(text: string): void;
  /** Sends what is left; lines that could not be sent stand in the listener's output all the same. */
  close(): Promise<void>;
};

const SEND_EVERY_MS = 250;
const SEND_AT_LENGTH = 65_536;

/** Log of one job. GitHub's part is sent in batches, one at a time, each line with a time before it as GitHub has it. */
export function jobLog(
  masks: SecretMasks,
  print: (line: string) => void,
  send: (text: string) => Promise<void>,
): JobLog {
  let waiting = "";
  let timer: NodeJS.Timeout | undefined;
  let sending = Promise.resolve();

  const flush = (): void => {
    clearTimeout(timer);
    timer = undefined;
    const text = waiting;
    waiting = "";
    if (text !== "") sending = sending.then(() => send(text)).catch(() => undefined);
  };
  return {
    line(text) {
      const masked = masks.apply(text);
      print(masked);
      waiting += `${new Date().toISOString().replace("Z", "0000Z")} ${masked}\n`;
      if (waiting.length >= SEND_AT_LENGTH) flush();
      else timer ??= setTimeout(flush, SEND_EVERY_MS);
    },
    async close() {
      flush();
      await sending;
    },
  };
}
