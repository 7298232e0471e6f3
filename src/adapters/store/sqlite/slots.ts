import type { Clock, Slots } from "../../../core/ports.ts";
import type { Database } from "./database.ts";

/** Set elements with an expiry; counting and taking is one transaction. */
export function sqliteSlots(database: Database, clock: Clock): Slots {
  const expire = database.prepare("DELETE FROM slots WHERE scope = ? AND expires_at_ms <= ?");
  const move = database.prepare("UPDATE slots SET expires_at_ms = ? WHERE scope = ? AND runner = ?");
  const insert = database.prepare(
    "INSERT INTO slots SELECT ?1, ?2, ?3 WHERE (SELECT count(*) FROM slots WHERE scope = ?1) < ?4",
  );
  const remove = database.prepare("DELETE FROM slots WHERE scope = ? AND runner = ?");
  const select = database.prepare("SELECT runner FROM slots WHERE scope = ? AND expires_at_ms > ?");
  return {
    take: async (scope, runner, cap, expiresAtMs) =>
      database.write("take-slot", () => {
        expire.run(scope, clock.nowMs());
        if (move.run(expiresAtMs, scope, runner).changes !== 0) return true;
        return insert.run(scope, runner, expiresAtMs, cap).changes !== 0;
      }),
    free: async (scope, runner) => void database.write("free-slot", () => remove.run(scope, runner)),
    list: async (scope) =>
      database.read("list-slots", () => select.all(scope, clock.nowMs()).map((row) => String(row["runner"]))),
  };
}
