import { execFile } from "node:child_process";
import { closeSync, constants, openSync, writeSync } from "node:fs";
import { chmod, mkdir, writeFile } from "node:fs/promises";
import { Socket } from "node:net";
import { join } from "node:path";
import { promisify } from "node:util";
import { hookScript } from "./hook-script.ts";

/** The host's end of the pipes to the job-started hook. */
export type HookPipes = {
  /** For ACTIONS_RUNNER_HOOK_JOB_STARTED. */
  readonly hook: string;
  /** The hook's one line, without its line end; undefined when the hook ended without a whole one. */
  readonly asked: Promise<string | undefined>;
  /** Aborted as soon as the hook has ended, whatever ended it. */
  readonly over: AbortSignal;
  /** Sends the hook one line; line breaks and other control characters in it become spaces. */
  send(line: string): void;
  close(): void;
};

/** Far more than a hook has to say. */
const longestQuestion = 200;

/** Writes the hook and its named pipes into `folder`, and opens them without waiting for anybody. */
export async function openHookPipes(folder: string): Promise<HookPipes> {
  const base = join(folder, "job-started");
  const [ask, answer] = [`${base}.ask`, `${base}.answer`];
  await mkdir(folder, { recursive: true });
  await promisify(execFile)("mkfifo", ["-m", "600", ask, answer]);
  await writeFile(`${base}.sh`, hookScript);
  await chmod(`${base}.sh`, 0o500);

  // to read only: so the end of the hook, its only writer, is the end of the stream
  const reader = new Socket({
    fd: openSync(ask, constants.O_RDONLY | constants.O_NONBLOCK),
    readable: true,
    writable: false,
  });
  // to read too: so that nobody has to wait for the other
  let writer: number | undefined = openSync(answer, constants.O_RDWR);
  const { promise: asked, resolve: resolveAsked } = Promise.withResolvers<string | undefined>();
  const over = new AbortController();
  let text = "";
  reader.on("data", (chunk: Buffer) => {
    text = (text + chunk.toString("latin1")).slice(0, longestQuestion);
    const [line = "", rest] = text.split("\n", 2);
    if (rest !== undefined) resolveAsked(line);
  });
  reader.on("error", () => undefined);
  reader.once("close", () => {
    resolveAsked(undefined);
    over.abort();
  });
  return {
    hook: `${base}.sh`,
    asked,
    over: over.signal,
    send(line) {
      if (writer !== undefined) writeSync(writer, `${line.replaceAll(/\p{Cc}/gu, " ")}\n`);
    },
    close() {
      reader.destroy();
      if (writer !== undefined) closeSync(writer);
      writer = undefined;
    },
  };
}
