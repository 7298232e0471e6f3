import { heldBucket, reserveCall } from "../../core/model/rate.ts";
import { openRecord } from "../../core/model/open-record.ts";
import { tables } from "../../core/model/tables.ts";
import type { TableRules } from "../../core/model/tables.ts";
import type { Clock, Cursors, Leases, Rates, Slots, Store, Table } from "../../core/ports.ts";

const defaultLimit = 1000;

/** A store that lives and dies with its process: for tests and the simulation. Keeps the contract of every store. */
export function memoryStore(clock: Clock): Store {
  return {
    jobs: memoryTable(tables.jobs),
    runners: memoryTable(tables.runners),
    pools: memoryTable(tables.pools),
    runs: memoryTable(tables.runs),
    files: memoryTable(tables.files),
    repositories: memoryTable(tables.repositories),
    histories: memoryTable(tables.histories),
    days: memoryTable(tables.days),
    slots: memorySlots(clock),
    leases: memoryLeases(clock),
    cursors: memoryCursors(),
    rates: memoryRates(clock),
  };
}

function memoryTable<T extends { readonly version: number }>(rules: TableRules<T>): Table<T> {
  const { keyOf, indexesOf } = rules;
  const records = new Map<string, T>();
  const indexes = new Map<string, Map<string, string>>();
  const entriesOf = (record: T): [string, string][] =>
    Object.entries(indexesOf(record)).map(([index, entry]) => [`${index}\0${entry.key}`, entry.sort]);
  const opened = (key: string): T | undefined => {
    const record = records.get(key);
    return record && openRecord(rules, structuredClone(record));
  };
  return {
    read: async (key) => opened(key),
    async write(record) {
      const key = keyOf(record);
      const before = records.get(key);
      if ((before?.version ?? 0) !== record.version - 1) return false;
      if (before !== undefined) for (const [partition] of entriesOf(before)) indexes.get(partition)?.delete(key);
      for (const [partition, sort] of entriesOf(record)) {
        const entries = indexes.get(partition) ?? new Map<string, string>();
        indexes.set(partition, entries.set(key, sort));
      }
      records.set(key, structuredClone(record));
      return true;
    },
    async list({ index, key, upTo, limit = defaultLimit }) {
      const entries = [...(indexes.get(`${index}\0${key}`) ?? [])];
      return entries
        .filter(([, sort]) => upTo === undefined || sort <= upTo)
        .toSorted(([, left], [, right]) => (left < right ? -1 : 1))
        .slice(0, limit)
        .flatMap(([record]) => opened(record) ?? []);
    },
  };
}

function memorySlots(clock: Clock): Slots {
  const scopes = new Map<string, Map<string, number>>();
  const live = (scope: string): Map<string, number> => {
    const held = scopes.get(scope) ?? new Map<string, number>();
    for (const [runner, expiresAtMs] of held) if (expiresAtMs <= clock.nowMs()) held.delete(runner);
    scopes.set(scope, held);
    return held;
  };
  return {
    async take(scope, runner, cap, expiresAtMs) {
      const held = live(scope);
      if (!held.has(runner) && held.size >= cap) return false;
      held.set(runner, expiresAtMs);
      return true;
    },
    free: async (scope, runner) => void live(scope).delete(runner),
    list: async (scope) => [...live(scope).keys()],
  };
}

function memoryLeases(clock: Clock): Leases {
  const leases = new Map<string, { owner: string; untilMs: number }>();
  return {
    async take(name, owner, untilMs) {
      const held = leases.get(name);
      if (held !== undefined && held.owner !== owner && held.untilMs > clock.nowMs()) return false;
      leases.set(name, { owner, untilMs });
      return true;
    },
    async free(name, owner) {
      if (leases.get(name)?.owner === owner) leases.delete(name);
    },
  };
}

function memoryCursors(): Cursors {
  const cursors = new Map<string, string>();
  return {
    read: async (name) => cursors.get(name),
    write: async (name, value) => void cursors.set(name, value),
  };
}

function memoryRates(clock: Clock): Rates {
  const buckets = new Map<string, number>();
  return {
    async reserve(name, rate) {
      const { atMs, fullAtMs } = reserveCall(buckets.get(name) ?? 0, clock.nowMs(), rate);
      buckets.set(name, fullAtMs);
      return atMs;
    },
    async holdUntil(name, rate, untilMs) {
      buckets.set(name, heldBucket(buckets.get(name) ?? 0, untilMs, rate));
    },
  };
}
