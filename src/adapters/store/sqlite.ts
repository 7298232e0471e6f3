import { tables } from "../../core/model/tables.ts";
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
    jobs: sqliteTable(database, tables.jobs),
    runners: sqliteTable(database, tables.runners),
    pools: sqliteTable(database, tables.pools),
    runs: sqliteTable(database, tables.runs),
    files: sqliteTable(database, tables.files),
    repositories: sqliteTable(database, tables.repositories),
    histories: sqliteTable(database, tables.histories),
    days: sqliteTable(database, tables.days),
    slots: sqliteSlots(database, clock),
    leases: sqliteLeases(database, clock),
    cursors: sqliteCursors(database),
    rates: sqliteRates(database, clock),
  };
}
