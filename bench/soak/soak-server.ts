import { join } from "node:path";
import { startProgram } from "./child-program.ts";
import type { ChildProgram } from "./child-program.ts";
import { processUse } from "./process-use.ts";
import type { ProcessUse } from "./process-use.ts";
import type { ServerRequest } from "./server-program.ts";

export type SoakServer = {
  /** SIGKILL, then the same program on the same file again; resolves when it serves. */
  killAndRestart(): Promise<void>;
  /** Ends it in good order; resolves with what its processes used: the highest peak, the sum of times. */
  stop(): Promise<ProcessUse | undefined>;
  /** SIGKILL, if it still lives. */
  kill(): Promise<void>;
};

const program = join(import.meta.dirname, "server-program.ts");

/** Mayfly's local server in a process of its own; resolves when it serves. */
export async function startSoakServer(request: ServerRequest): Promise<SoakServer> {
  const uses: ProcessUse[] = [];
  const start = async (): Promise<ChildProgram> => {
    const started = startProgram(program, join(request.dataDir, "server.log"));
    await started.call("start", request);
    return started;
  };
  let current = await start();
  const note = (): void => {
    const use = processUse(current.pid);
    if (use !== undefined) uses.push(use);
  };
  return {
    async killAndRestart() {
      note();
      await current.kill();
      current = await start();
    },
    async stop() {
      await current.call("stop");
      note();
      await current.kill();
      if (uses.length === 0) return undefined;
      return {
        peakRssMb: Math.max(...uses.map(({ peakRssMb }) => peakRssMb)),
        cpuSeconds: Math.round(uses.reduce((sum, { cpuSeconds }) => sum + cpuSeconds, 0) * 10) / 10,
      };
    },
    kill: async () => await current.kill(),
  };
}
