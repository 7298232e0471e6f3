import type { Store, Table } from "../../../src/core/ports.ts";

/** A process that dies at a given write: that write does not happen, and nothing after it either. */
export type Mortal = {
  readonly store: Store;
  /** The process dies instead of its `count`-th write from now. */
  dieAtWrite(count: number): void;
  died(): boolean;
  revive(): void;
  writes(): number;
};

/** Puts death before writes of records and slots. */
export function mortalStore(store: Store): Mortal {
  let left = Number.POSITIVE_INFINITY;
  let dead = false;
  let writes = 0;
  const beforeWrite = (): void => {
    if (dead) throw new Error("the process is dead");
    writes += 1;
    left -= 1;
    if (left > 0) return;
    dead = true;
    throw new Error("the process died here");
  };
  const table = <T extends { readonly version: number }>(inner: Table<T>): Table<T> => ({
    read: async (key) => {
      if (dead) throw new Error("the process is dead");
      return await inner.read(key);
    },
    list: async (query) => await inner.list(query),
    write: async (record) => {
      beforeWrite();
      return await inner.write(record);
    },
  });
  return {
    store: {
      ...store,
      jobs: table(store.jobs),
      runners: table(store.runners),
      pools: table(store.pools),
      runs: table(store.runs),
      files: table(store.files),
      repositories: table(store.repositories),
      slots: {
        ...store.slots,
        take: async (...facts) => {
          beforeWrite();
          return await store.slots.take(...facts);
        },
      },
    },
    dieAtWrite(count) {
      left = count;
    },
    died: () => dead,
    revive() {
      if (dead) left = Number.POSITIVE_INFINITY;
      dead = false;
    },
    writes: () => writes,
  };
}
