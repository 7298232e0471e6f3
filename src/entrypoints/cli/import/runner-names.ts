import { reservedNames } from "../../../core/planning/runner-config/runner-name.ts";
import { fittingName } from "./fitting-name.ts";

/** Finds names that runners can have, as near to the wanted ones as can be; never the same twice, whatever the case. */
export function runnerNames(): (wanted: string) => string {
  const taken = new Set<string>();
  return (wanted) => {
    const fitting = fittingName(wanted, "runner");
    const first = reservedNames.includes(fitting.toLowerCase()) ? `${fitting}-runner` : fitting;
    let name = first;
    for (let number = 2; taken.has(name.toLowerCase()); number += 1) name = `${first.slice(0, 58)}-${number}`;
    taken.add(name.toLowerCase());
    return name;
  };
}
