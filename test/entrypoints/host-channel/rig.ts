import { createHmac, generateKeyPairSync } from "node:crypto";
import { pino } from "pino";
import type { Runner } from "../../../src/core/model/runner.ts";
import { freePort } from "../../../src/entrypoints/local/free-port.ts";
import { startServer } from "../../../src/entrypoints/local/server.ts";
import { makeWorld } from "../../helpers/world/world.ts";
import type { World } from "../../helpers/world/world.ts";

export type Answer = {
  readonly status: number;
  readonly body: Record<string, unknown>;
  readonly headers: Readonly<Record<string, string>>;
};

/** The real local server in front of the real core, whose outside is the world of the core's own tests. */
export type HostChannel = {
  readonly port: number;
  readonly world: World;
  /** A runner that has been launched; its machine is played by the test. */
  readonly launch: (label?: string) => Promise<string>;
  readonly send: (path: string, body: unknown) => Promise<Answer>;
  readonly claim: (runner: string, changes?: object) => Promise<Answer>;
  /** Claims with the right token; resolves with the session. */
  readonly session: (runner: string) => Promise<string>;
  readonly event: (runner: string, session: unknown, type: string, more?: object) => Promise<Answer>;
  /** Every runner's record, by name. */
  readonly records: () => Promise<Record<string, Runner | undefined>>;
  /** JIT configs that GitHub has minted. */
  readonly minted: () => number;
  readonly close: () => Promise<void>;
};

/** The world's host key is known to its tests. */
export function tokenOf(runner: string): string {
  return createHmac("sha256", "host key").update(`claim:${runner}`).digest("hex");
}

const { privateKey } = generateKeyPairSync("rsa", {
  modulusLength: 2048,
  publicKeyEncoding: { type: "spki", format: "pem" },
  privateKeyEncoding: { type: "pkcs8", format: "pem" },
});

export async function openHostChannel(): Promise<HostChannel> {
  const world = makeWorld();
  const port = await freePort();
  const server = await startServer(world.app, {
    port,
    privateKey,
    appId: 1,
    webhookSecret: "a secret of this test",
    githubUrl: "http://127.0.0.1:9",
    logger: pino({ level: "silent" }),
  });
  const launched: string[] = [];
  const send = async (path: string, body: unknown): Promise<Answer> => {
    const response = await fetch(`http://127.0.0.1:${port}${path}`, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body:
        typeof body === "string" || body instanceof Uint8Array
          ? new Uint8Array(Buffer.from(body))
          : JSON.stringify(body),
    });
    const text = await response.text();
    const { date: _, ...headers } = Object.fromEntries(response.headers);
    return { status: response.status, headers, body: (text === "" ? {} : JSON.parse(text)) as Answer["body"] };
  };
  const claim = async (runner: string, changes: object = {}): Promise<Answer> =>
    await send("/host/claim", { runner, token: tokenOf(runner), claimId: "one", ...changes });
  return {
    port,
    world,
    async launch(label = "mayfly/lambda") {
      world.compute.disturb("drop", 1);
      const job = await world.queueJob({ labels: [`${label}/run=${launched.length}`] });
      await world.work();
      const runner = `mayfly-${job.id}-1`;
      if ((await world.store.runners.read(runner)) === undefined) throw new Error(`${runner} was not launched`);
      launched.push(runner);
      return runner;
    },
    send,
    claim,
    async session(runner) {
      const { status, body } = await claim(runner);
      if (status !== 200) throw new Error(`the claim was answered ${status}`);
      return String(body["session"]);
    },
    event: async (runner, session, type, more = {}) => await send("/host/event", { runner, session, type, ...more }),
    async records() {
      const entries = launched.map(async (name) => [name, await world.store.runners.read(name)] as const);
      return Object.fromEntries(await Promise.all(entries));
    },
    minted: () => world.github.faults.calls["generate-jitconfig"] ?? 0,
    close: async () => await server.close(),
  };
}
