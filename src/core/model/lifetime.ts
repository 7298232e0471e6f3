import type { Core } from "../core.ts";
import type { Runner } from "./runner.ts";

/** When the runner's machine cannot be alive any more, milliseconds since the epoch. */
export function endByMs(core: Pick<Core, "compute">, runner: Pick<Runner, "execution" | "launchAtMs">): number {
  return runner.launchAtMs + (core.compute[runner.execution]?.traits.lifetimeSeconds ?? 0) * 1000;
}

/** Until when the runner may claim, milliseconds since the epoch. */
export function claimByMs(core: Pick<Core, "compute">, runner: Pick<Runner, "execution" | "launchAtMs">): number {
  return runner.launchAtMs + (core.compute[runner.execution]?.traits.claimWithinSeconds ?? 0) * 1000;
}
