import {
  fileIndexes,
  jobIndexes,
  poolIndexes,
  repositoryIndexes,
  runIndexes,
  runnerIndexes,
} from "../../core/model/indexes.ts";
import type { Clock, Store } from "../../core/ports.ts";
import { sqliteCursors } from "./sqlite/cursors.ts";
import type { Database } from "./sqlite/database.ts";
import { sqliteLeases } from "./sqlite/leases.ts";
import { sqliteRates } from "./sqlite/rates.ts";
import { sqliteSlots } from "./sqlite/slots.ts";
import { sqliteTable } from "./sqlite/table.ts";

/** A store in one file: what is written outlives the process, and several processes may share it. */
export function sqliteStore(database: Database, clock: Clock): Store {
  return {
    jobs: sqliteTable(database, "job", (job) => String(job.id), jobIndexes),
    runners: sqliteTable(database, "runner", (runner) => runner.name, runnerIndexes),
    pools: sqliteTable(database, "pool", (pool) => pool.key, poolIndexes),
    runs: sqliteTable(database, "run", (run) => run.key, runIndexes),
    files: sqliteTable(database, "file", (file) => file.key, fileIndexes),
    repositories: sqliteTable(database, "repository", (repository) => repository.key, repositoryIndexes),
    slots: sqliteSlots(database, clock),
    leases: sqliteLeases(database, clock),
    cursors: sqliteCursors(database),
    rates: sqliteRates(database, clock),
  };
}
