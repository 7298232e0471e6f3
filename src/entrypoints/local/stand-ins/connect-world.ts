import { connect } from "node:net";
import type { Socket } from "node:net";
import { setTimeout as pause } from "node:timers/promises";
import type { Answer, Call, Greeting, Welcome } from "./control-protocol.ts";
import { onJsonLines, sendJsonLine } from "./json-lines.ts";
import type { Session } from "./session.ts";
import type { World } from "./world.ts";

/** A process that is alive answers sooner, even while forty machines start on two processors. */
const greetingMs = 5000;

const over = "the stand-ins for GitHub and AWS have ended; see stand-ins.log";

export type ConnectedWorld = World & {
  /** Gives it up without stopping it: another process may have it. */
  leave(): void;
};

/**
 * Takes over the world of a session until this process ends or stops it. `taken`: another process has it.
 * Undefined: it is no more.
 */
export async function connectWorld({
  control,
}: Pick<Session, "control">): Promise<ConnectedWorld | "taken" | undefined> {
  const socket = connect({ host: "127.0.0.1", port: control.port });
  const closed = new Promise<undefined>((resolve) => {
    socket.once("close", () => resolve(undefined));
  });
  socket.on("error", () => socket.destroy());
  const channel = callChannel(socket);
  sendJsonLine(socket, { secret: control.secret } satisfies Greeting);
  const welcome = await Promise.race([channel.welcome, closed, silence(greetingMs)]);
  if (welcome?.world !== "yours") {
    socket.destroy();
    return welcome?.world;
  }
  return {
    look: () => channel.call("look"),
    checkRuns: () => channel.call("checkRuns"),
    push: (request) => channel.call("push", request),
    openPullRequest: (request) => channel.call("openPullRequest", request),
    assumedRoles: () => channel.call("assumedRoles"),
    logFile: (group, stream) => channel.call("logFile", group, stream),
    async stop() {
      await channel.call("stop");
      // the connection ends with the process, and that is when nothing is left
      await closed;
    },
    leave: () => void socket.destroy(),
  };
}

/** Somebody is there who does not answer: at work, and nobody may take over what may still be theirs. */
async function silence(ms: number): Promise<Welcome> {
  await pause(ms, undefined, { ref: false });
  return { world: "taken" };
}

type Channel = {
  readonly welcome: Promise<Welcome>;
  call<T>(method: Call["method"], ...args: readonly unknown[]): Promise<T>;
};

/** The first line is the welcome, every other one the answer to a call. */
function callChannel(socket: Socket): Channel {
  const waiting = new Map<number, (answer: Answer) => void>();
  let last = 0;
  socket.once("close", () => {
    for (const [id, take] of waiting) take({ id, error: over });
  });
  return {
    welcome: new Promise((resolve) => {
      let welcomed = false;
      onJsonLines(socket, (line) => {
        if (!welcomed) resolve(line as Welcome);
        else waiting.get((line as Answer).id)?.(line as Answer);
        welcomed = true;
      });
    }),
    async call<T>(method: Call["method"], ...args: readonly unknown[]) {
      last += 1;
      const id = last;
      if (socket.destroyed) throw new Error(over);
      const answer = await new Promise<Answer>((resolve) => {
        waiting.set(id, resolve);
        sendJsonLine(socket, { id, method, args } satisfies Call);
      });
      waiting.delete(id);
      if ("error" in answer) throw new Error(answer.error);
      return answer.value as T;
    },
  };
}
