import type { Clock, Message } from "../../core/ports.ts";
import type { Database } from "../store/sqlite/database.ts";
import { delayed, dueAgain } from "./delay.ts";
import type { WorkQueue } from "./work-queue.ts";

/** A work queue in the store's file: what was sent outlives the process, and several processes may share it. */
export function sqliteQueue(
  database: Database,
  clock: Clock,
  options: { readonly visibilitySeconds: number },
): WorkQueue {
  const insert = database.prepare("INSERT INTO messages (body, receives, visible_at_ms) VALUES (?, 0, ?)");
  const due = database.prepare("SELECT 1 FROM messages WHERE visible_at_ms <= ? LIMIT 1");
  const receive = database.prepare(
    `UPDATE messages SET receives = receives + 1, visible_at_ms = ?
     WHERE id IN (SELECT id FROM messages WHERE visible_at_ms <= ? ORDER BY visible_at_ms, id LIMIT ?)
     RETURNING id, body, receives`,
  );
  const remove = database.prepare("DELETE FROM messages WHERE id = ?");
  // of a worker that was believed dead no verdict counts any more but `done`
  const removeOwn = database.prepare("DELETE FROM messages WHERE id = ? AND receives = ?");
  const giveBackOwn = database.prepare("UPDATE messages SET visible_at_ms = ? WHERE id = ? AND receives = ?");
  const bury = database.prepare("INSERT INTO dead_letters (body, reason, died_at_ms) VALUES (?, ?, ?)");
  const dead = database.prepare("SELECT body, reason FROM dead_letters ORDER BY id");
  const count = database.prepare("SELECT count(*) AS size FROM messages");
  const parse = (body: unknown): Message => JSON.parse(String(body)) as Message;
  return {
    async send(messages) {
      const nowMs = clock.nowMs();
      const rows = messages.map(({ message, delaySeconds = 0 }) => ({
        body: JSON.stringify(message),
        dueAtMs: delayed(nowMs, delaySeconds),
      }));
      database.write("send", () => {
        for (const { body, dueAtMs } of rows) insert.run(body, dueAtMs);
      });
    },
    async receive(limit) {
      const nowMs = clock.nowMs();
      // looking takes no lock, and mostly there is nothing
      if (database.read("receive", () => due.get(nowMs)) === undefined) return [];
      const hiddenUntilMs = nowMs + options.visibilitySeconds * 1000;
      const rows = database.write("receive", () => receive.all(hiddenUntilMs, nowMs, limit));
      return rows
        .toSorted((left, right) => Number(left["id"]) - Number(right["id"]))
        .map(({ id, body, receives }) => ({ id: String(id), message: parse(body), receives: Number(receives) }));
    },
    async settle({ id, message, receives }, verdict) {
      const nowMs = clock.nowMs();
      database.write("settle", () => {
        if (verdict.outcome === "done") remove.run(Number(id));
        else if (verdict.outcome === "again") {
          giveBackOwn.run(dueAgain(nowMs, verdict.afterSeconds), Number(id), receives);
        } else if (removeOwn.run(Number(id), receives).changes !== 0) {
          bury.run(JSON.stringify(message), verdict.reason, nowMs);
        }
      });
    },
    deadLetters: async () =>
      database.read("dead-letters", () =>
        dead.all().map(({ body, reason }) => ({ message: parse(body), reason: String(reason) })),
      ),
    size: async () => database.read("size", () => Number(count.get()?.["size"])),
  };
}
