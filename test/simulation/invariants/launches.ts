import type { World } from "../world/world.ts";
import type { Watcher } from "./invariant.ts";

/** A launch that was under way when the runner claimed or ended may still arrive. */
const underWayMs = 5000;

export function watchLaunches(world: World, violate: (what: string) => void): Watcher {
  const names = new Map<string, string>();
  const launched = (name: string): void => {
    const record = world.records.runner(name);
    if (record === undefined) return violate(`${name} was launched without a record`);
    const which = `launch ${record.launchNumber} of job ${record.namedForJobId}`;
    const other = names.get(which) ?? name;
    names.set(which, other);
    if (other !== name) violate(`${which} is ${other} and ${name}`);
    const sinceMs = world.nowMs() - (record.endedAtMs ?? record.claimedAtMs ?? world.nowMs());
    if (sinceMs <= underWayMs) return;
    const what = record.endedAtMs === undefined ? "claimed" : "ended";
    violate(`${name} was launched again, ${sinceMs / 1000} s after it had ${what}`);
  };
  return {
    on(fact) {
      if (fact.kind === "launch") launched(fact.request.runnerName);
      if (fact.kind !== "machine" || fact.machine.execution !== "ec2") return;
      const name = fact.machine.request.runnerName;
      const alive = world.machines().filter((one) => one.request.runnerName === name && one.alive());
      if (alive.length > 1) violate(`${alive.length} instances of ${name} run at a time`);
    },
  };
}
