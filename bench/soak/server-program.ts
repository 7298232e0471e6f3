import { join } from "node:path";
import { pino } from "pino";
import { redactingLogger } from "../../src/adapters/log/pino-log.ts";
import { startSandbox } from "../../src/entrypoints/local/sandbox-session.ts";
import type { Sandbox, SandboxOptions } from "../../src/entrypoints/local/sandbox-session.ts";
import type { World } from "../../src/entrypoints/local/stand-ins/world.ts";
import { caps } from "./caps.ts";
import { answerCalls } from "./child-program.ts";

export type ServerRequest = { readonly session: SandboxOptions["session"]; readonly dataDir: string };

const elsewhere = async (): Promise<never> => {
  throw new Error("the world of a soak is another process's");
};
const world: World = {
  look: elsewhere,
  checkRuns: elsewhere,
  push: elsewhere,
  openPullRequest: elsewhere,
  assumedRoles: elsewhere,
  logFile: elsewhere,
  stop: async () => undefined,
};

let sandbox: Sandbox | undefined;

// What `npm start` runs, without its stand-ins: server, worker, schedule, and one SQLite file.
answerCalls({
  async start({ session, dataDir }: ServerRequest) {
    const logger = redactingLogger("info", pino.destination({ dest: join(dataDir, "mayfly.log"), sync: false }));
    sandbox = await startSandbox({ world, session, dataDir, logger, settings: { caps } });
  },
  async stop() {
    await sandbox?.stop();
  },
});
