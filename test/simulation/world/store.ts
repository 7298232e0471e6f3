import type { IndexEntries } from "../../../src/core/model/indexes.ts";
import { CallError } from "../../../src/core/errors/call-error.ts";
import { tables } from "../../../src/core/model/tables.ts";
import type { TableRules } from "../../../src/core/model/tables.ts";
import { heldBucket, reserveCall } from "../../../src/core/model/rate.ts";
import type { Job } from "../../../src/core/model/job.ts";
import type { Run } from "../../../src/core/model/run.ts";
import type { Runner } from "../../../src/core/model/runner.ts";
import type { ListQuery, Store, Table } from "../../../src/core/ports.ts";
import { callOut } from "./sim.ts";
import type { Invocation, Sim } from "./sim.ts";

/** A record as it was written. Its readers share one value, which none of them can change. */
type Kept = { readonly version: number; readonly value: object; readonly entries: IndexEntries };

/** What is in the store, for the world's own eyes. */
export type Records = {
  job(id: number): Job | undefined;
  runner(name: string): Runner | undefined;
  /** Mayfly has heard of the repository. */
  serves(repositoryId: number): boolean;
  jobs(): Job[];
  runners(): Runner[];
  runs(): Run[];
  openSlots(): { scope: string; name: string }[];
  openLeases(): string[];
};

export type SimStore = { storeOf(invocation: Invocation): Store; readonly records: Records };

/**
 * The store as its port promises it and no better: conditional writes of one record, lists that lag behind, writes that
 * fail, or happen and look failed.
 */
export function simStore(sim: Sim): SimStore {
  const data = new Map(Object.entries(tables).map(([name, rules]) => [name, new TableData(sim, name, rules)]));
  const small = new SmallThings(sim);
  const tableOf = (name: string): TableData => data.get(name) as TableData;
  return {
    storeOf(invocation) {
      const port = <T extends { readonly version: number }>(name: string): Table<T> =>
        tablePort(sim, invocation, tableOf(name));
      return {
        jobs: port("jobs"),
        runners: port("runners"),
        pools: port("pools"),
        runs: port("runs"),
        files: port("files"),
        repositories: port("repositories"),
        histories: port("histories"),
        days: port("days"),
        ...smallPorts(sim, invocation, small),
      };
    },
    records: {
      job: (id) => tableOf("jobs").read(String(id)) as Job | undefined,
      runner: (name) => tableOf("runners").read(name) as Runner | undefined,
      serves: (repositoryId) => tableOf("repositories").read(String(repositoryId)) !== undefined,
      jobs: () => tableOf("jobs").all() as Job[],
      runners: () => tableOf("runners").all() as Runner[],
      runs: () => tableOf("runs").all() as Run[],
      openSlots: () => small.openSlots(),
      openLeases: () => small.openLeases(),
    },
  };
}

const latency = { low: 2, high: 12, reply: false };

function failing(sim: Sim, invocation: Invocation, operation: string): void {
  if (!sim.faults.strikes("store-unavailable")) return;
  sim.tell({ kind: "struck", fault: "store-unavailable", pool: invocation.work.pool });
  throw new CallError({ service: "store", operation, kind: "unavailable", message: "the store does not answer" });
}

function tablePort<T extends { readonly version: number }>(
  sim: Sim,
  invocation: Invocation,
  table: TableData,
): Table<T> {
  return {
    read: (key) =>
      callOut(sim, invocation, latency, () => {
        failing(sim, invocation, "read");
        return table.read(key) as T | undefined;
      }),
    write: (record) =>
      callOut(sim, invocation, latency, () => {
        failing(sim, invocation, "write");
        const written = table.write(record);
        // The reply was lost; the client wrote again by itself and met its own write.
        if (written && sim.faults.strikes("write-conflict")) {
          sim.tell({ kind: "struck", fault: "write-conflict", pool: invocation.work.pool });
          return false;
        }
        return written;
      }),
    list: (query) =>
      callOut(sim, invocation, latency, () => {
        failing(sim, invocation, "list");
        return table.list<T>(query);
      }),
  };
}

type Entry = { readonly sort: string; readonly value: object };
type Partition = { readonly entries: Map<string, Entry>; sorted: Entry[] | undefined };

class TableData {
  private readonly records = new Map<string, Kept>();
  private readonly partitions = new Map<string, Partition>();
  private readonly lagging: { atMs: number; apply: () => void }[] = [];
  private readonly sim: Sim;
  private readonly name: string;
  private readonly rules: TableRules<never>;
  constructor(sim: Sim, name: string, rules: TableRules<never>) {
    this.sim = sim;
    this.name = name;
    this.rules = rules;
  }

  read(key: string): unknown {
    return this.records.get(key)?.value;
  }

  all(): unknown[] {
    return [...this.records.values()].map(({ value }) => value);
  }

  write(record: { readonly version: number }): boolean {
    const key = this.rules.keyOf(record as never);
    const before = this.records.get(key);
    if ((before?.version ?? 0) !== record.version - 1) return false;
    const text = JSON.stringify(record);
    this.sim.tell({ kind: "text", where: `record of ${this.name}`, text });
    const value = frozen(JSON.parse(text) as object);
    const entries = this.rules.indexesOf(value as never);
    this.records.set(key, { version: record.version, value, entries });
    const apply = (): void => this.enter(key, value, before?.entries ?? {}, entries);
    const lagMs = this.sim.faults.isOn("list-lag") ? this.sim.random.between(0, 2500) : 0;
    const last = this.lagging.at(-1)?.atMs ?? 0;
    if (lagMs === 0 && this.lagging.length === 0) apply();
    else this.lagging.push({ atMs: Math.max(last, this.sim.clock.nowMs() + lagMs), apply });
    return true;
  }

  list<T>({ index, key, upTo, limit = 1000 }: ListQuery): T[] {
    this.catchUp();
    const partition = this.partitions.get(`${index}\0${key}`);
    if (partition === undefined || partition.entries.size === 0) return [];
    partition.sorted ??= [...partition.entries.values()].toSorted((left, right) => (left.sort < right.sort ? -1 : 1));
    const found: T[] = [];
    for (const { sort, value } of partition.sorted) {
      if (found.length === limit || (upTo !== undefined && sort > upTo)) break;
      found.push(value as T);
    }
    return found;
  }

  private catchUp(): void {
    let done = 0;
    for (const { atMs, apply } of this.lagging) {
      if (atMs > this.sim.clock.nowMs()) break;
      apply();
      done += 1;
    }
    if (done === this.lagging.length) {
      if (done > 0) this.lagging.length = 0;
      return;
    }
    if (done > 0) this.sim.faults.count("list-lag");
    this.lagging.splice(0, done);
  }

  private enter(key: string, value: object, left: IndexEntries, entered: IndexEntries): void {
    for (const [index, entry] of Object.entries(left)) {
      const partition = this.partitions.get(`${index}\0${entry.key}`);
      if (partition?.entries.delete(key) === true) partition.sorted = undefined;
    }
    for (const [index, entry] of Object.entries(entered)) {
      const name = `${index}\0${entry.key}`;
      const partition = this.partitions.get(name) ?? { entries: new Map(), sorted: undefined };
      this.partitions.set(name, partition);
      partition.entries.set(key, { sort: entry.sort, value });
      partition.sorted = undefined;
    }
  }
}

function frozen<T extends object>(value: T): T {
  for (const inner of Object.values(value) as unknown[]) if (typeof inner === "object" && inner !== null) frozen(inner);
  return Object.freeze(value);
}

class SmallThings {
  readonly slots = new Map<string, Map<string, number>>();
  readonly leases = new Map<string, { owner: string; untilMs: number }>();
  readonly cursors = new Map<string, string>();
  readonly rates = new Map<string, number>();
  private readonly sim: Sim;
  constructor(sim: Sim) {
    this.sim = sim;
  }

  live(scope: string): Map<string, number> {
    const held = this.slots.get(scope) ?? new Map<string, number>();
    const nowMs = this.sim.clock.nowMs();
    for (const [name, untilMs] of held) if (untilMs <= nowMs) held.delete(name);
    this.slots.set(scope, held);
    return held;
  }

  openSlots(): { scope: string; name: string }[] {
    return [...this.slots.keys()].flatMap((scope) => [...this.live(scope).keys()].map((name) => ({ scope, name })));
  }

  openLeases(): string[] {
    const nowMs = this.sim.clock.nowMs();
    return [...this.leases].filter(([, { untilMs }]) => untilMs > nowMs).map(([name]) => name);
  }
}

function smallPorts(
  sim: Sim,
  invocation: Invocation,
  small: SmallThings,
): Pick<Store, "slots" | "leases" | "cursors" | "rates"> {
  const call = <T>(operation: string, effect: () => T): Promise<T> =>
    callOut(sim, invocation, latency, () => {
      failing(sim, invocation, operation);
      return effect();
    });
  return {
    slots: {
      take: (scope, name, cap, expiresAtMs) =>
        call("take-slot", () => {
          const held = small.live(scope);
          const full = !held.has(name) && held.size >= cap;
          sim.tell({ kind: "text", where: "slot", text: `${scope} ${name} ${full ? "full" : "taken"}` });
          if (full) return false;
          held.set(name, expiresAtMs);
          return true;
        }),
      free: (scope, name) =>
        call("free-slot", () => {
          if (small.live(scope).delete(name)) sim.tell({ kind: "text", where: "slot", text: `${scope} ${name} free` });
        }),
      list: (scope) => call("list-slots", () => [...small.live(scope).keys()]),
    },
    leases: {
      take: (name, owner, untilMs) =>
        call("take-lease", () => {
          const held = small.leases.get(name);
          if (held !== undefined && held.owner !== owner && held.untilMs > sim.clock.nowMs()) return false;
          small.leases.set(name, { owner, untilMs });
          return true;
        }),
      free: (name, owner) =>
        call("free-lease", () => {
          if (small.leases.get(name)?.owner === owner) small.leases.delete(name);
        }),
    },
    cursors: {
      read: (name) => call("read-cursor", () => small.cursors.get(name)),
      write: (name, value) =>
        call("write-cursor", () => {
          sim.tell({ kind: "text", where: "cursor", text: value });
          small.cursors.set(name, value);
        }),
    },
    rates: {
      reserve: (name, rate) =>
        call("reserve", () => {
          const { atMs, fullAtMs } = reserveCall(small.rates.get(name) ?? 0, sim.clock.nowMs(), rate);
          small.rates.set(name, fullAtMs);
          return atMs;
        }),
      holdUntil: (name, rate, untilMs) =>
        call("hold", () => void small.rates.set(name, heldBucket(small.rates.get(name) ?? 0, untilMs, rate))),
    },
  };
}
