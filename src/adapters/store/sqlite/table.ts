import { openRecord } from "../../../core/model/open-record.ts";
import type { TableRules } from "../../../core/model/tables.ts";
import type { Table } from "../../../core/ports.ts";
import type { Database } from "./database.ts";

const defaultLimit = 1000;

/** Records of one kind. Their sparse indexes change in the transaction that writes them, so lists never lag behind. */
export function sqliteTable<T extends { readonly version: number }>(
  database: Database,
  rules: TableRules<T>,
): Table<T> {
  const { kind, keyOf, indexesOf } = rules;
  const select = database.prepare("SELECT record FROM records WHERE kind = ? AND key = ?");
  const insert = database.prepare("INSERT INTO records VALUES (?, ?, ?, ?) ON CONFLICT DO NOTHING");
  const update = database.prepare(
    "UPDATE records SET version = ?, record = ? WHERE kind = ? AND key = ? AND version = ?",
  );
  const leaveIndexes = database.prepare("DELETE FROM entries WHERE kind = ? AND key = ?");
  const enterIndex = database.prepare("INSERT INTO entries VALUES (?, ?, ?, ?, ?)");
  const list = database.prepare(
    `SELECT record FROM entries JOIN records USING (kind, key)
     WHERE kind = ? AND name = ? AND partition = ? AND (? IS NULL OR sort <= ?) ORDER BY sort LIMIT ?`,
  );
  const parse = (row: Record<string, unknown>): T => openRecord(rules, JSON.parse(String(row["record"])));
  return {
    read: async (key) =>
      database.read("read", () => {
        const row = select.get(kind, key);
        return row === undefined ? undefined : parse(row);
      }),
    write: async (record) =>
      database.write("write", () => {
        const key = keyOf(record);
        const { version } = record;
        const text = JSON.stringify(record);
        const { changes } =
          version === 1 ? insert.run(kind, key, version, text) : update.run(version, text, kind, key, version - 1);
        if (changes === 0) return false;
        leaveIndexes.run(kind, key);
        for (const [name, { key: partition, sort }] of Object.entries(indexesOf(record))) {
          enterIndex.run(kind, name, partition, sort, key);
        }
        return true;
      }),
    list: async ({ index, key, upTo = null, limit = defaultLimit }) =>
      database.read("list", () => list.all(kind, index, key, upTo, upTo, limit).map(parse)),
  };
}
