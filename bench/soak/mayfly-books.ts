import { systemClock } from "../../src/adapters/clock.ts";
import { sqliteQueue } from "../../src/adapters/queue/sqlite.ts";
import { openDatabase } from "../../src/adapters/store/sqlite/database.ts";
import { sqliteStore } from "../../src/adapters/store/sqlite.ts";
import { everything } from "../../src/core/model/indexes.ts";
import { runKey } from "../../src/core/model/run.ts";
import { slotScopes } from "../../src/core/model/slots.ts";
import { caps } from "./caps.ts";
import type { RunId } from "./soak-world.ts";

export type MayflyBooks = {
  /** What Mayfly still has to do or holds, in words. */
  open(): Promise<string[]>;
  /** Jobs of these runs by the state of their record. */
  jobsByState(runs: readonly RunId[]): Promise<Record<string, number>>;
  deadLetters(): Promise<{ readonly reason: string }[]>;
  close(): void;
};

/**
 * Reads Mayfly's own file beside the running server. Not to be opened before the last kill: a process that comes back
 * must be the first to open the file that its predecessor left, or it would have nothing to recover.
 */
export function mayflyBooks(databaseFile: string): MayflyBooks {
  const database = openDatabase(databaseFile);
  const store = sqliteStore(database, systemClock);
  const queue = sqliteQueue(database, systemClock, { visibilitySeconds: 1 });
  return {
    async open() {
      const messages = await queue.size();
      const unstarted = await store.jobs.list({ index: "unstarted", key: everything });
      const runners = await store.runners.list({ index: "open", key: "lambda" });
      const due = await store.runs.list({ index: "due", key: everything });
      const scopes = slotScopes(caps, { execution: "lambda", repository: { id: 0 } }).slice(1);
      const slots = await Promise.all(scopes.map(async ({ scope }) => (await store.slots.list(scope)).length));
      const counts = {
        "messages in the queue": messages,
        "jobs without a runner": unstarted.length,
        "open runners": runners.length,
        "runs to report on": due.length,
        "taken slots": Math.max(...slots),
      };
      return Object.entries(counts).flatMap(([what, count]) => (count === 0 ? [] : [`Mayfly has ${count} ${what}`]));
    },
    async jobsByState(runs) {
      const states: Record<string, number> = {};
      for (const { repositoryId, id, attempt } of runs) {
        const jobs = await store.jobs.list({ index: "run", key: runKey(repositoryId, id, attempt) });
        for (const { state } of jobs) states[state] = (states[state] ?? 0) + 1;
      }
      return states;
    },
    deadLetters: async () => await queue.deadLetters(),
    close: () => database.close(),
  };
}
