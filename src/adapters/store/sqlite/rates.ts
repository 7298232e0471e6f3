import { heldBucket, reserveCall } from "../../../core/model/rate.ts";
import type { Clock, Rates } from "../../../core/ports.ts";
import type { Database } from "./database.ts";

/** Token buckets that every process with this file shares. */
export function sqliteRates(database: Database, clock: Clock): Rates {
  const select = database.prepare("SELECT full_at_ms FROM rates WHERE name = ?");
  const upsert = database.prepare("INSERT INTO rates VALUES (?1, ?2) ON CONFLICT DO UPDATE SET full_at_ms = ?2");
  return {
    reserve: async (name, rate) =>
      database.write("reserve", () => {
        const { atMs, fullAtMs } = reserveCall(Number(select.get(name)?.["full_at_ms"] ?? 0), clock.nowMs(), rate);
        upsert.run(name, fullAtMs);
        return atMs;
      }),
    holdUntil: async (name, rate, untilMs) =>
      database.write("hold", () => {
        upsert.run(name, heldBucket(Number(select.get(name)?.["full_at_ms"] ?? 0), untilMs, rate));
      }),
  };
}
