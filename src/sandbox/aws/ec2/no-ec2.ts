import { join } from "node:path";
import type { RunningEc2 } from "./run-ec2.ts";

/** An account that does not use EC2: no instance can be launched, no request for it is understood. */
export function noEc2(dataDir: string): RunningEc2 {
  return {
    api: undefined,
    certificatePem: "",
    instances: () => [],
    interruptSpot: () => 0,
    jobStarted: () => undefined,
    consoleFile: (instanceId) => join(dataDir, "consoles", `${instanceId}.log`),
    close: async () => undefined,
  };
}
