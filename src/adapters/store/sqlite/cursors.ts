import type { Cursors } from "../../../core/ports.ts";
import type { Database } from "./database.ts";

/** Small texts by name; the last writer wins. */
export function sqliteCursors(database: Database): Cursors {
  const select = database.prepare("SELECT value FROM cursors WHERE name = ?");
  const upsert = database.prepare("INSERT INTO cursors VALUES (?1, ?2) ON CONFLICT DO UPDATE SET value = ?2");
  return {
    read: async (name) =>
      database.read("read-cursor", () => {
        const row = select.get(name);
        return row === undefined ? undefined : String(row["value"]);
      }),
    write: async (name, value) => void database.write("write-cursor", () => upsert.run(name, value)),
  };
}
