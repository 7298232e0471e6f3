import { parentPort, workerData } from "node:worker_threads";
import { forbidOutside } from "./forbid-outside.ts";
import { simulate } from "./simulate.ts";
import type { Outcome } from "./simulate.ts";

/** What a worker is asked for: these seeds, one after the other. */
export type Task = { readonly seeds: readonly number[]; readonly stopAtFirst: boolean };

/** Every so many seeds one is run twice: the two must not differ in anything. */
const twiceEvery = 10;

const { seeds, stopAtFirst } = workerData as Task;
const post = (outcome: Outcome): void => parentPort?.postMessage(outcome, []);
forbidOutside();
for (const seed of seeds) {
  const outcome = await simulate(seed, { stopAtFirst });
  post(seed % twiceEvery === 0 ? await compared(outcome) : outcome);
  if (stopAtFirst && outcome.violations.length > 0) break;
}

async function compared(first: Outcome): Promise<Outcome> {
  const second = await simulate(first.seed, { stopAtFirst });
  if (second.trace === first.trace) return first;
  const what = `two runs differ: ${first.trace} and ${second.trace}`;
  return { ...first, violations: [...first.violations, { invariant: "same-seed-same-world", atMs: 0, what }] };
}
