import { connect } from "node:net";
import { setTimeout as pause } from "node:timers/promises";
import { afterEach, describe, expect, test } from "@jest/globals";
import { connectWorld } from "../../../../src/entrypoints/local/stand-ins/connect-world.ts";
import type { ConnectedWorld } from "../../../../src/entrypoints/local/stand-ins/connect-world.ts";
import { serveWorld } from "../../../../src/entrypoints/local/stand-ins/serve-world.ts";
import type { ServedWorld } from "../../../../src/entrypoints/local/stand-ins/serve-world.ts";
import type { World, WorldView } from "../../../../src/entrypoints/local/stand-ins/world.ts";

const secret = "a secret of this test";
const empty: WorldView = {
  runs: [],
  jobs: [],
  runnersLeft: 0,
  machinesLeft: 0,
  launches: 0,
  githubIdle: true,
  githubCalls: {},
  awsCalls: {},
  violations: [],
};

/** What a test has left open. */
const worlds: ServedWorld[] = [];

afterEach(() => {
  for (const world of worlds.splice(0)) world.close();
});

/** A world that only remembers what was done to it, served as the stand-ins' process serves its own. */
async function serve(changes: Partial<World> = {}, waitMs = 60_000) {
  const did: string[] = [];
  const ended = Promise.withResolvers<string>();
  const world: World = {
    look: async () => empty,
    checkRuns: async () => [],
    push: async () => [],
    openPullRequest: async () => [],
    assumedRoles: async () => [],
    logFile: async (group, stream) => `${group}/${stream}`,
    stop: async () => void did.push("stopped"),
    ...changes,
  };
  const served = await serveWorld(world, { secret, waitMs, onStopped: () => ended.resolve("ended") });
  worlds.push(served);
  return { did, ended: ended.promise, served, session: { control: { port: served.port, secret } } };
}

async function own(session: { control: { port: number; secret: string } }): Promise<ConnectedWorld> {
  const world = await connectWorld(session);
  if (world === undefined || world === "taken") throw new Error(`the world is ${world}`);
  return world;
}

describe("the control channel", () => {
  test("what the world answers arrives, whatever lines and signs are in it", async () => {
    const path = "a\nb\u2028c ü 😀 \r\n";
    const { session } = await serve({
      look: async () => ({ ...empty, launches: 7, violations: [path] }),
      push: async ({ files }) => [{ name: String(files[path]?.length), errors: [] }],
    });
    const world = await own(session);
    expect(await world.look()).toMatchObject({ launches: 7, violations: [path] });
    expect(await world.logFile(path, "s")).toBe(`${path}/s`);
    const large = "ü".repeat(300_000);
    const push = world.push({ owner: "o", name: "n", private: true, files: { [path]: large } });
    expect(await push).toEqual([{ name: "300000", errors: [] }]);
  });

  test("an error of one call is that call's alone", async () => {
    const { session } = await serve({
      push: async () => {
        throw new Error("no such workflow");
      },
    });
    const world = await own(session);
    const [push, look] = await Promise.allSettled([
      world.push({ owner: "o", name: "n", private: true, files: {} }),
      world.look(),
    ]);
    expect([push.status, push.status === "rejected" && push.reason]).toEqual([
      "rejected",
      new Error("no such workflow"),
    ]);
    expect(look.status).toBe("fulfilled");
  });

  test("one process has the world; the next one gets it when the first is gone", async () => {
    const { session } = await serve();
    const first = await own(session);
    expect(await connectWorld(session)).toBe("taken");
    first.leave();
    await expect(first.look()).rejects.toThrow("the stand-ins for GitHub and AWS have ended");
    const second = await own(session);
    expect(await second.look()).toEqual(empty);
  });

  test("what a process had asked for before it died is over before the next one's calls", async () => {
    const order: string[] = [];
    const pushing = Promise.withResolvers<void>();
    const { session } = await serve({
      push: async () => {
        pushing.resolve();
        await pause(50);
        order.push("pushed");
        return [];
      },
      look: async () => {
        order.push("looked");
        return empty;
      },
    });
    const first = await own(session);
    const lost = first.push({ owner: "o", name: "n", private: true, files: {} }).catch((error: Error) => error.message);
    await pushing.promise;
    first.leave();
    expect(await lost).toContain("have ended");
    await (await own(session)).look();
    expect(order).toEqual(["pushed", "looked"]);
  });

  test("whoever does not know the secret, or does not speak JSON, gets nothing", async () => {
    const { session, did } = await serve();
    const port = session.control.port;
    expect(await connectWorld({ control: { port, secret: "wrong" } })).toBeUndefined();
    for (const line of ["nonsense\n", "null\n", '{"id":1,"method":"stop","args":[]}\n']) {
      const answer = await new Promise<string>((resolve) => {
        const socket = connect({ host: "127.0.0.1", port });
        let text = "";
        socket.on("data", (chunk) => (text += String(chunk)));
        socket.once("close", () => resolve(text));
        socket.on("error", () => undefined);
        socket.write(line);
      });
      expect(answer).toBe("");
    }
    expect(did).toEqual([]);
  });

  test("a world that is no more is said to be no more", async () => {
    expect(await connectWorld({ control: { port: 9, secret } })).toBeUndefined();
  });
});

describe("the end of a world", () => {
  test("its owner stops it; nobody else gets it any more", async () => {
    const stopping = Promise.withResolvers<void>();
    const { session, ended, served } = await serve({ stop: async () => await stopping.promise });
    const world = await own(session);
    const stop = world.stop();
    await pause(20);
    expect(await connectWorld(session)).toBe("taken");
    stopping.resolve();
    expect(await ended).toBe("ended");
    // as the process does, and only then the stop is over
    served.close();
    await stop;
  });

  test("it stops by itself when its owner is gone and nobody comes in time", async () => {
    const { session, did, ended } = await serve({}, 50);
    const first = await own(session);
    await pause(120);
    expect(did).toEqual([]);
    first.leave();
    expect(await ended).toBe("ended");
    expect(did).toEqual(["stopped"]);
    expect(await connectWorld(session)).toBe("taken");
  });

  test("it does not stop while somebody has it again", async () => {
    const { session, did } = await serve({}, 150);
    (await own(session)).leave();
    await pause(20);
    const second = await own(session);
    await pause(250);
    expect(did).toEqual([]);
    expect(await second.look()).toEqual(empty);
  });
});
