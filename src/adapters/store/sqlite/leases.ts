import type { Clock, Leases } from "../../../core/ports.ts";
import type { Database } from "./database.ts";

/** One owner at a time, until the lease expires or is given back. */
export function sqliteLeases(database: Database, clock: Clock): Leases {
  const take = database.prepare(
    `INSERT INTO leases VALUES (?1, ?2, ?3)
     ON CONFLICT DO UPDATE SET owner = ?2, until_ms = ?3 WHERE owner = ?2 OR until_ms <= ?4`,
  );
  const free = database.prepare("DELETE FROM leases WHERE name = ? AND owner = ?");
  return {
    take: async (name, owner, untilMs) =>
      database.write("take-lease", () => take.run(name, owner, untilMs, clock.nowMs()).changes !== 0),
    free: async (name, owner) => void database.write("free-lease", () => free.run(name, owner)),
  };
}
