import type { Core } from "../core.ts";
import type { Caps } from "../settings.ts";
import { claimByMs } from "./lifetime.ts";
import type { Runner } from "./runner.ts";

type Counted = Pick<Runner, "name" | "execution"> & { readonly repository: { readonly id: number } };

/** The caps that a machine counts against, narrowest first, so that a full repository never blocks the others. */
export function slotScopes(caps: Caps, runner: Omit<Counted, "name">): { scope: string; cap: number }[] {
  const scopes = [
    { scope: `repository:${runner.repository.id}`, cap: caps.repository },
    { scope: `execution:${runner.execution}`, cap: caps.executions[runner.execution] },
    { scope: "total", cap: caps.total },
  ];
  return scopes.flatMap(({ scope, cap }) => (cap === undefined ? [] : [{ scope, cap }]));
}

/** Takes a slot in every scope or in none. Resolves with the scope that is full, undefined when all were taken. */
export async function takeSlots(core: Core, runner: Counted): Promise<{ scope: string; cap: number } | undefined> {
  const expiresAtMs = core.clock.nowMs() + core.settings.timings.slotSeconds * 1000;
  const taken: string[] = [];
  for (const { scope, cap } of slotScopes(core.settings.caps, runner)) {
    if (await core.store.slots.take(scope, runner.name, cap, expiresAtMs)) {
      taken.push(scope);
      continue;
    }
    await Promise.all(taken.map((held) => core.store.slots.free(held, runner.name)));
    return { scope, cap };
  }
  return undefined;
}

/**
 * A runner that waits for its turn, or whose machine boots for long, keeps its slots until it must have claimed and some
 * time more. Costs nothing as long as the first expiry, counted from the record's creation, is late enough.
 */
export async function keepSlots(
  core: Core,
  runner: Counted & Pick<Runner, "launchAtMs" | "createdAtMs">,
): Promise<void> {
  const { slotSeconds } = core.settings.timings;
  const claimByAtMs = claimByMs(core, runner);
  if (claimByAtMs <= runner.createdAtMs + (slotSeconds * 1000) / 2) return;
  await extendSlots(core, runner, claimByAtMs + slotSeconds * 1000);
}

/** Moves the expiry of slots that the runner holds; one that has expired in the meantime is taken again, cap or not. */
export async function extendSlots(core: Core, runner: Counted, expiresAtMs: number): Promise<void> {
  const scopes = slotScopes(core.settings.caps, runner);
  await Promise.all(
    scopes.map(({ scope }) => core.store.slots.take(scope, runner.name, Number.MAX_SAFE_INTEGER, expiresAtMs)),
  );
}

/** Gives the runner's slots back. Idempotent. */
export async function freeSlots(core: Core, runner: Counted): Promise<void> {
  const scopes = slotScopes(core.settings.caps, runner);
  await Promise.all(scopes.map(({ scope }) => core.store.slots.free(scope, runner.name)));
}
