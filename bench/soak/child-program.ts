import { spawn } from "node:child_process";
import { openSync, closeSync } from "node:fs";

/** A program of the soak in a process of its own, which answers calls over Node's channel between parent and child. */
export type ChildProgram = {
  readonly pid: number;
  /** Resolves with what the method of the program answered; rejects with its error, or when the program has ended. */
  call<Result>(method: string, argument?: unknown): Promise<Result>;
  /** SIGKILL: no handler runs, nothing is flushed. Resolves when the process is gone. */
  kill(): Promise<void>;
};

type Question = { readonly id: number; readonly method: string; readonly argument: unknown };
type Reply = { readonly id: number; readonly value?: unknown; readonly error?: string };
type Methods = Readonly<Record<string, (argument: never) => unknown>>;

/** Starts a program that calls `answerCalls`; what it prints goes to `logFile`, behind what is there. */
export function startProgram(file: string, logFile: string): ChildProgram {
  const log = openSync(logFile, "a");
  const args = ["--disable-warning=ExperimentalWarning", file];
  const child = spawn(process.execPath, args, { stdio: ["ignore", log, log, "ipc"] });
  closeSync(log);
  const waiting = new Map<number, (reply: Reply) => void>();
  let last = 0;
  const isOver = `${file} has ended; see ${logFile}`;
  const gone = new Promise<void>((resolve) => {
    const end = (): void => {
      for (const [id, take] of waiting) take({ id, error: isOver });
      resolve();
    };
    child.once("exit", end).once("error", end);
  });
  child.on("message", (message) => {
    const reply = message as Reply;
    waiting.get(reply.id)?.(reply);
  });
  return {
    pid: child.pid ?? 0,
    async call<Result>(method: string, argument?: unknown) {
      last += 1;
      const id = last;
      const reply = await new Promise<Reply>((resolve) => {
        if (!child.connected) return resolve({ id, error: isOver });
        waiting.set(id, resolve);
        return child.send({ id, method, argument } satisfies Question);
      });
      waiting.delete(id);
      if (reply.error !== undefined) throw new Error(reply.error);
      return reply.value as Result;
    },
    async kill() {
      child.kill("SIGKILL");
      await gone;
    },
  };
}

/** The program's side: answers the parent's calls, and ends with the parent. */
export function answerCalls(methods: Methods): void {
  process.once("disconnect", () => process.exit(1));
  process.on("message", (message) => {
    const { id, method, argument } = message as Question;
    const answer = async (): Promise<Reply> => {
      try {
        return { id, value: await methods[method]?.(argument as never) };
      } catch (error) {
        return { id, error: error instanceof Error ? (error.stack ?? error.message) : String(error) };
      }
    };
    void (async () => process.send?.(await answer()))();
  });
}
