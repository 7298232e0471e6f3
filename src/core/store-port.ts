import type { Rate } from "./compute-provider.ts";
import type { StoredRecords } from "./model/tables.ts";

/**
 * Records that change by conditional write only, one record at a time, so that single-item writes of any database
 * will do. Reads by key are strongly consistent; lists may lag behind writes by a few seconds.
 */
export type Store = { readonly [Name in keyof StoredRecords]: Table<StoredRecords[Name]> } & {
  readonly slots: Slots;
  readonly leases: Leases;
  readonly cursors: Cursors;
  readonly rates: Rates;
};

export type Table<T extends { readonly version: number }> = {
  read(key: string): Promise<T | undefined>;
  /**
   * Writes `record` if the stored version is `record.version - 1` (version 1: if there is no record yet).
   * False when somebody else was first; nothing has changed then.
   */
  write(record: T): Promise<boolean>;
  /** Records of a sparse index, in its sort order, at most `limit` (default 1,000). */
  list(query: ListQuery): Promise<T[]>;
};

export type ListQuery = {
  /** Name of an index of model/indexes.ts. */
  readonly index: string;
  /** Partition of the index. */
  readonly key: string;
  /** Only entries whose sort value is less than or equal to this one. */
  readonly upTo?: string | undefined;
  readonly limit?: number | undefined;
};

/** Running machines counted against caps: set elements with an expiry, never counters. */
export type Slots = {
  /**
   * Puts `runner` into `scope` if it is there already (its expiry moves) or if fewer than `cap` unexpired others are.
   * False: full. Idempotent.
   */
  take(scope: string, runner: string, cap: number, expiresAtMs: number): Promise<boolean>;
  /** Takes `runner` out of `scope`; nothing happens when it is not there. Idempotent. */
  free(scope: string, runner: string): Promise<void>;
  /** Names with an unexpired slot in `scope`. */
  list(scope: string): Promise<string[]>;
};

export type Leases = {
  /** True when `owner` holds `name` until `untilMs` now: it was free, expired, or held by the same owner. */
  take(name: string, owner: string, untilMs: number): Promise<boolean>;
  free(name: string, owner: string): Promise<void>;
};

/** Small facts that outlive a process, for example how far sweep has read. Last writer wins. */
export type Cursors = {
  read(name: string): Promise<string | undefined>;
  write(name: string, value: string): Promise<void>;
};

/** Calls that must keep to a rate, whichever process makes them. */
export type Rates = {
  /**
   * Reserves the next call of `name`: resolves with the time at which it may be made (now or earlier: at once), in
   * milliseconds since the epoch. Reservations are never given back.
   */
  reserve(name: string, rate: Rate): Promise<number>;
  /** The other side takes none of these calls before `untilMs`: reservations from now on are later than that. */
  holdUntil(name: string, rate: Rate, untilMs: number): Promise<void>;
};
