import type { Core } from "../core.ts";
import type { Runner } from "./runner.ts";

/**
 * When the runner's machine cannot be alive any more, milliseconds since the epoch: as its execution has it, or when the
 * longest job that it is made for would be over, had it begun at the last moment.
 */
export function endByMs(
  core: Pick<Core, "compute" | "settings">,
  runner: Pick<Runner, "execution" | "launchAtMs" | "spec">,
): number {
  const { claimWithinSeconds = 0, lifetimeSeconds = 0 } = core.compute[runner.execution]?.traits ?? {};
  const { idleSeconds, shutdownSeconds } = core.settings.timings;
  const neededSeconds = claimWithinSeconds + idleSeconds + runner.spec.timeoutMinutes * 60 + shutdownSeconds;
  return runner.launchAtMs + Math.min(lifetimeSeconds, neededSeconds) * 1000;
}

/** Until when the runner may claim, milliseconds since the epoch. */
export function claimByMs(core: Pick<Core, "compute">, runner: Pick<Runner, "execution" | "launchAtMs">): number {
  return runner.launchAtMs + (core.compute[runner.execution]?.traits.claimWithinSeconds ?? 0) * 1000;
}
