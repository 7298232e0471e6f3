import { Worker } from "node:worker_threads";
import type { Outcome } from "./simulate.ts";
import type { Task } from "./worker.ts";

/** Runs the seeds on so many threads, in an order that keeps them busy; resolves with the outcomes by seed. */
export async function runSeeds(
  seeds: readonly number[],
  threads: number,
  onOutcome?: (outcome: Outcome) => void,
): Promise<Outcome[]> {
  const outcomes: Outcome[] = [];
  const count = Math.max(1, Math.min(threads, seeds.length));
  await Promise.all(
    Array.from({ length: count }, async (_, index) => {
      const task: Task = { seeds: seeds.filter((__, at) => at % count === index), stopAtFirst: false };
      const worker = new Worker(new URL("worker.ts", import.meta.url), { workerData: task });
      worker.on("message", (outcome: Outcome) => {
        outcomes.push(outcome);
        onOutcome?.(outcome);
      });
      await new Promise<void>((resolve, reject) => {
        worker.once("error", reject);
        worker.once("exit", () => resolve());
      });
    }),
  );
  return outcomes.toSorted((left, right) => left.seed - right.seed);
}
