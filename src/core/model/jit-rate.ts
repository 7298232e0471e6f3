import type { Core } from "../core.ts";
import type { Rate } from "../ports.ts";

/**
 * GitHub allows 900 points a minute for one endpoint, and registering a runner costs 5: 180 a minute for each
 * installation (https://docs.github.com/rest/using-the-rest-api/rate-limits-for-the-rest-api). This is at most 165 in any
 * minute, so that there is room for a name that has to be tried twice.
 */
const rate: Rate = { burst: 75, perSecond: 1.5 };

/** A turn that was not taken so long after its time has gone to somebody else. */
export const turnMs = 1000;

/**
 * When a machine may be launched so that it will not wait for GitHub when it comes up: waiting costs nothing before the
 * launch. Milliseconds since the epoch.
 */
export async function reserveLaunchTurn(core: Core, installationId: number): Promise<number> {
  return await core.store.rates.reserve(`jit-launch:${installationId}`, rate);
}

/** GitHub registers no runner for the installation before then: machines would only wait for it. */
export async function holdLaunchTurns(core: Core, installationId: number, untilMs: number): Promise<void> {
  await core.store.rates.holdUntil(`jit-launch:${installationId}`, rate, untilMs);
}

/** When GitHub may be asked for a JIT config: machines that come up at the same time do not ask at the same time. */
export async function reserveMintTurn(core: Core, installationId: number): Promise<number> {
  return await core.store.rates.reserve(`jit-mint:${installationId}`, rate);
}
