import type { World } from "../world/world.ts";
import type { Watcher } from "./invariant.ts";

/** What stands in the world when all is over and should not. */
function* leftovers(world: World): Generator<string> {
  for (const { id, state, ...machine } of world.machines().filter((one) => one.alive())) {
    yield `machine ${id} of ${machine.request.runnerName} is left (${state})`;
  }
  for (const { name } of world.github().runners.values()) yield `registration ${name} is left`;
  for (const { externalId, status } of world.github().checkRuns.values()) {
    if (status !== "completed") yield `check run of ${externalId} is left ${status}`;
  }
  yield* openRecords(world);
  for (const lease of world.records.openLeases()) yield `lease ${lease} is left`;
  // Budgets of check runs and memories of what was sold out expire by themselves, that is what they are for.
  const slots = world.records.openSlots().filter(({ scope }) => !/^(?:check-runs-|room:)/.test(scope));
  for (const { scope, name } of slots) yield `slot ${name} of ${scope} is left`;
}

function* openRecords(world: World): Generator<string> {
  for (const { name, state } of world.records.runners())
    if (state !== "ended") yield `record of ${name} is left ${state}`;
  for (const { key, sending } of world.records.runs())
    if (sending !== undefined) yield `check run of ${key} is half sent`;
  for (const { id, state } of world.records.jobs()) {
    const real = world.github().jobs.get(id);
    const isOver = real?.status === "completed" && real.kind !== "refused" && real.kind !== "stranger";
    if (isOver && state !== "completed" && state !== "lost") yield `record of job ${id} is left ${state}`;
  }
}

export function watchLeftovers(world: World, violate: (what: string) => void): Watcher {
  return { end: () => [...leftovers(world)].forEach((what) => violate(what)) };
}
