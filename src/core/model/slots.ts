import type { Core } from "../core.ts";
import type { PlanCaps } from "../planning/plan-types.ts";
import { tighterCap } from "../settings.ts";
import type { Caps } from "../settings.ts";
import { claimByMs } from "./lifetime.ts";
import type { Runner } from "./runner.ts";

type Counted = Pick<Runner, "execution"> & {
  readonly repository: { readonly id: number };
  /** Of the repository's own file, at most what the operator allows. */
  readonly caps?: PlanCaps | undefined;
};

export type Scope = { readonly scope: string; readonly cap: number };

/** The caps that a machine counts against, narrowest first, so that a full repository never blocks the others. */
export function slotScopes(caps: Caps, { repository, execution, caps: own }: Counted): Scope[] {
  const { runner } = own ?? {};
  const scopes = [
    { scope: `runner:${repository.id}:${runner?.name ?? ""}`, cap: runner?.most },
    { scope: `repository:${repository.id}`, cap: tighterCap(own?.repository, caps.repository) },
    { scope: `execution:${execution}`, cap: caps.executions[execution] },
    { scope: "total", cap: caps.total },
  ];
  return scopes.flatMap(({ scope, cap }) => (cap === undefined ? [] : [{ scope, cap }]));
}

/** Takes a slot in every scope or in none. Resolves with the scope that is full, undefined when all were taken. */
export async function takeSlots(core: Core, name: string, scopes: readonly Scope[]): Promise<Scope | undefined> {
  const expiresAtMs = core.clock.nowMs() + core.settings.timings.slotSeconds * 1000;
  const taken: string[] = [];
  for (const { scope, cap } of scopes) {
    if (await core.store.slots.take(scope, name, cap, expiresAtMs)) {
      taken.push(scope);
      continue;
    }
    await freeSlots(core, { name, slots: taken });
    return { scope, cap };
  }
  return undefined;
}

/** A runner with the scopes in which it took slots: caps may have changed since then. */
type Holder = Pick<Runner, "name" | "slots">;

/**
 * A runner that waits for its turn, or whose machine boots for long, keeps its slots until it must have claimed and some
 * time more. Costs nothing as long as the first expiry, counted from the record's creation, is late enough.
 */
export async function keepSlots(
  core: Core,
  runner: Holder & Pick<Runner, "execution" | "launchAtMs" | "createdAtMs">,
): Promise<void> {
  const { slotSeconds } = core.settings.timings;
  const claimByAtMs = claimByMs(core, runner);
  if (claimByAtMs <= runner.createdAtMs + (slotSeconds * 1000) / 2) return;
  await extendSlots(core, runner, claimByAtMs + slotSeconds * 1000);
}

/** Moves the expiry of slots that the runner holds; one that has expired in the meantime is taken again, cap or not. */
export async function extendSlots(core: Core, { name, slots }: Holder, expiresAtMs: number): Promise<void> {
  await Promise.all(
    slots.map(async (scope) => await core.store.slots.take(scope, name, Number.MAX_SAFE_INTEGER, expiresAtMs)),
  );
}

/** Gives the runner's slots back. Idempotent. */
export async function freeSlots(core: Core, { name, slots }: Holder): Promise<void> {
  await Promise.all(slots.map(async (scope) => await core.store.slots.free(scope, name)));
}
