import { createServer } from "node:net";
import type { AddressInfo, Socket } from "node:net";
import type { Answer, Call, Greeting, Welcome } from "./control-protocol.ts";
import { onJsonLines, sendJsonLine } from "./json-lines.ts";
import type { World } from "./world.ts";

const firstOwnerMs = 10_000;

export type ServeOptions = {
  /** Whoever knows it may have the world. */
  readonly secret: string;
  /** The world is stopped when nobody has had it for so long. Its first owner has 10 s at least to come. */
  readonly waitMs: number;
  /** Called once after the world was stopped, by its owner or because nobody came. */
  readonly onStopped: () => void;
};

export type ServedWorld = {
  readonly port: number;
  /** Ends every connection and does nothing to the world. */
  close(): void;
};

/** Serves a world on 127.0.0.1 to one process of Mayfly at a time. */
export async function serveWorld(world: World, { secret, waitMs, onStopped }: ServeOptions): Promise<ServedWorld> {
  let owner: Socket | undefined;
  let stopping = false;
  let patience: NodeJS.Timeout | undefined;
  // one call after the other: those of an owner that has died meanwhile are over before the next owner's begin
  let turn: Promise<unknown> = Promise.resolve();

  const wait = (ms: number): void => {
    patience = setTimeout(() => {
      stopping = true;
      turn = turn.then(() => world.stop()).finally(onStopped);
    }, ms);
  };
  const welcome = (socket: Socket): void => {
    const free = owner === undefined && !stopping;
    sendJsonLine(socket, { world: free ? "yours" : "taken" } satisfies Welcome);
    if (!free) return void socket.end();
    clearTimeout(patience);
    owner = socket;
    const leave = (): void => {
      if (owner !== socket) return;
      owner = undefined;
      if (!stopping) wait(waitMs);
    };
    // the end of the stream is seen first, but a connection that breaks has none
    socket.once("end", leave).once("close", leave);
  };
  const obey = (socket: Socket, call: Call): void => {
    stopping ||= call.method === "stop";
    const before = turn;
    turn = (async () => {
      await before;
      sendJsonLine(socket, await answerTo(world, call), call.method === "stop" ? onStopped : undefined);
    })();
  };

  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.once("close", () => sockets.delete(socket));
    socket.on("error", () => socket.destroy());
    onJsonLines(socket, (line) => {
      if (socket === owner) obey(socket, line as Call);
      else if ((line as Greeting).secret === secret) welcome(socket);
      else socket.destroy();
    });
  });
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    server.listen(0, "127.0.0.1", resolve);
  });
  wait(Math.max(waitMs, firstOwnerMs));
  return {
    port: (server.address() as AddressInfo).port,
    close() {
      stopping = true;
      clearTimeout(patience);
      server.close();
      for (const socket of sockets) socket.destroy();
    },
  };
}

async function answerTo(world: World, { id, method, args }: Call): Promise<Answer> {
  try {
    const act = world[method] as (...given: readonly unknown[]) => Promise<unknown>;
    return { id, value: await act(...args) };
  } catch (error) {
    return { id, error: error instanceof Error ? error.message : String(error) };
  }
}
