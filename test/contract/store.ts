import { describe, expect, test } from "@jest/globals";
import type { Job } from "../../src/core/model/job.ts";
import { everything, sortTime } from "../../src/core/model/indexes.ts";
import { poolKey } from "../../src/core/model/pool.ts";
import type { Pool } from "../../src/core/model/pool.ts";
import type { RepositoryFile } from "../../src/core/model/repository-file.ts";
import type { Clock, Rate, Store } from "../../src/core/ports.ts";
import { jobRecord, repository } from "../helpers/records.ts";
import { virtualClock } from "../helpers/virtual-clock.ts";

/** What every store keeps, whatever database is behind it: single-record conditional writes and nothing more. */
export function storeContract(name: string, makeStore: (clock: Clock) => Promise<Store>): void {
  describe(`store contract: ${name}`, () => {
    test("a record is created once, whoever tries at the same time", async () => {
      const store = await makeStore(virtualClock());
      const tries = await Promise.all(Array.from({ length: 8 }, () => store.jobs.write(jobRecord(1))));
      expect(tries.filter(Boolean)).toHaveLength(1);
      expect(await store.jobs.read("1")).toEqual(jobRecord(1));
      expect(await store.jobs.read("2")).toBeUndefined();
    });

    test("a write needs the version that it was made from", async () => {
      const store = await makeStore(virtualClock());
      expect(await store.jobs.write(jobRecord(1, { version: 2 }))).toBe(false);
      await store.jobs.write(jobRecord(1));
      const next: Job = jobRecord(1, { version: 2, state: "launching" });
      const tries = await Promise.all([store.jobs.write(next), store.jobs.write({ ...next, state: "refused" })]);
      expect(tries.filter(Boolean)).toHaveLength(1);
      expect((await store.jobs.read("1"))?.version).toBe(2);
      expect(await store.jobs.write(jobRecord(1))).toBe(false);
    });

    test("what was read or written can be changed without changing the stored record", async () => {
      const store = await makeStore(virtualClock());
      const deliveries = ["a"];
      await store.jobs.write(jobRecord(1, { deliveries }));
      deliveries.push("b");
      const read = await store.jobs.read("1");
      if (read !== undefined) (read.deliveries as string[]).push("c");
      expect((await store.jobs.read("1"))?.deliveries).toEqual(["a"]);
    });

    test("sparse indexes hold what their state says, in their order", async () => {
      const store = await makeStore(virtualClock());
      const pool = jobRecord(1).pool;
      await store.jobs.write(jobRecord(1, { queuedAtMs: 3000 }));
      await store.jobs.write(jobRecord(2, { queuedAtMs: 1000 }));
      await store.jobs.write(jobRecord(3, { queuedAtMs: 2000, state: "running" }));
      const ids = (jobs: Job[]): number[] => jobs.map((job) => job.id);
      expect(ids(await store.jobs.list({ index: "pool", key: pool }))).toEqual([2, 1]);
      expect(ids(await store.jobs.list({ index: "pool", key: "other" }))).toEqual([]);
      expect(ids(await store.jobs.list({ index: "pool", key: pool, limit: 1 }))).toEqual([2]);
      const upTo = `${sortTime(1000)}~`;
      expect(ids(await store.jobs.list({ index: "unstarted", key: everything, upTo }))).toEqual([2]);
      expect(ids(await store.jobs.list({ index: "run", key: "71#900#1" }))).toEqual([1, 2, 3]);
      await store.jobs.write(jobRecord(2, { queuedAtMs: 1000, version: 2, state: "completed" }));
      expect(ids(await store.jobs.list({ index: "pool", key: pool }))).toEqual([1]);
    });

    test("waiting jobs are ordered by priority, then by time", async () => {
      const store = await makeStore(virtualClock());
      const reason = { code: "MF-CAP", detail: "", sinceMs: 0, scope: "total" } as const;
      const waiting = { state: "waiting", reason } as const;
      await store.jobs.write(jobRecord(1, { ...waiting, queuedAtMs: 1000 }));
      await store.jobs.write(jobRecord(2, { ...waiting, queuedAtMs: 2000, priority: 5 }));
      await store.jobs.write(jobRecord(3, { ...waiting, queuedAtMs: 500 }));
      await store.jobs.write(jobRecord(4, { state: "waiting", queuedAtMs: 100 }));
      const order = (await store.jobs.list({ index: "waiting", key: everything })).map((job) => job.id);
      expect(order).toEqual([2, 3, 1]);
      const line = await store.jobs.list({ index: "waiting-for", key: "total", limit: 2 });
      expect(line.map((job) => job.id)).toEqual([2, 3]);
      expect(await store.jobs.list({ index: "waiting-for", key: "execution:ec2" })).toEqual([]);
    });

    test("slots: never more than the cap, idempotent both ways, and they expire", async () => {
      const clock = virtualClock();
      const { slots } = await makeStore(clock);
      const inAMinute = clock.nowMs() + 60_000;
      const names = Array.from({ length: 12 }, (_, index) => `r${index}`);
      const taken = await Promise.all(names.map((runner) => slots.take("total", runner, 5, inAMinute)));
      expect(taken.filter(Boolean)).toHaveLength(5);
      const held = await slots.list("total");
      expect(held).toHaveLength(5);
      expect(await slots.take("total", held[0] ?? "", 5, inAMinute)).toBe(true);
      expect(await slots.take("other", "r99", 1, inAMinute)).toBe(true);
      await slots.free("total", held[0] ?? "");
      await slots.free("total", held[0] ?? "");
      expect(await slots.take("total", "new", 5, inAMinute + 60_000)).toBe(true);
      expect(await slots.take("total", "newer", 5, inAMinute)).toBe(false);
      clock.advance(61);
      expect(await slots.list("total")).toEqual(["new"]);
      expect(await slots.take("total", "newer", 2, clock.nowMs() + 1000)).toBe(true);
    });

    test("a lease has one owner until it expires or is given back", async () => {
      const clock = virtualClock();
      const { leases } = await makeStore(clock);
      const until = (): number => clock.nowMs() + 10_000;
      const owners = ["a", "b", "c"];
      const tries = await Promise.all(owners.map((owner) => leases.take("schedule", owner, until())));
      expect(tries.filter(Boolean)).toHaveLength(1);
      const first = owners[tries.indexOf(true)] ?? "";
      const [second = "", third = ""] = owners.filter((owner) => owner !== first);
      expect(await leases.take("schedule", first, until())).toBe(true);
      await leases.free("schedule", second);
      expect(await leases.take("schedule", second, until())).toBe(false);
      clock.advance(11);
      expect(await leases.take("schedule", second, until())).toBe(true);
      await leases.free("schedule", second);
      await leases.free("schedule", second);
      expect(await leases.take("schedule", third, until())).toBe(true);
    });

    test("cursors keep the last value", async () => {
      const { cursors } = await makeStore(virtualClock());
      expect(await cursors.read("deliveries")).toBeUndefined();
      await cursors.write("deliveries", "1");
      await cursors.write("deliveries", "2");
      expect(await cursors.read("deliveries")).toBe("2");
    });

    test("files are kept with their text or their absence", async () => {
      const { files } = await makeStore(virtualClock());
      const file: RepositoryFile = { schema: 1, version: 1, key: "71#a.yml", text: "a: ü\n\0", readAtMs: 5 };
      expect(await files.write(file)).toBe(true);
      expect(await files.write({ ...file, text: "b" })).toBe(false);
      expect(await files.read("71#a.yml")).toEqual(file);
      expect(await files.write({ ...file, version: 2, text: undefined })).toBe(true);
      expect((await files.read("71#a.yml"))?.text).toBeUndefined();
      expect(await files.read("71#A.yml")).toBeUndefined();
    });

    test("a record of a newer schema is left to the version that knows it: whoever reads it comes back later", async () => {
      const store = await makeStore(virtualClock());
      const newer = { ...jobRecord(1), schema: 2 } as unknown as Job;
      expect(await store.jobs.write(newer)).toBe(true);
      const refusal = { name: "CallError", facts: { service: "store", kind: "unavailable" } };
      await expect(store.jobs.read("1")).rejects.toMatchObject(refusal);
      await expect(store.jobs.list({ index: "unstarted", key: everything })).rejects.toMatchObject(refusal);
      await expect(store.jobs.list({ index: "unstarted", key: everything })).rejects.toThrow("newer version of Mayfly");
    });

    test("keys and texts of any length and any characters are kept apart and come back as they were", async () => {
      const { files, pools } = await makeStore(virtualClock());
      const path = `71#${"deep/".repeat(600)}ü`;
      const text = Array.from({ length: 20_000 }, (_, index) => `line ${index}: ü\n\0`).join("");
      const file: RepositoryFile = { schema: 1, version: 1, key: `${path}1`, text, good: text, readAtMs: 5 };
      expect(await files.write(file)).toBe(true);
      expect(await files.read(`${path}1`)).toEqual(file);
      expect(await files.read(`${path}2`)).toBeUndefined();
      const labels = Array.from({ length: 100 }, (_, index) => `mayfly-label-of-some-length-${index}`);
      const pool: Pool = {
        schema: 1,
        version: 1,
        key: poolKey(71, labels),
        repository,
        labels,
        evaluatedAtMs: 0,
        idleEnds: 1,
        backoffUntilMs: 5,
      };
      expect(await pools.write(pool)).toBe(true);
      expect(await pools.write({ ...pool, key: poolKey(71, labels.slice(1)) })).toBe(true);
      expect(await pools.read(pool.key)).toEqual(pool);
      expect(await pools.list({ index: "backoff", key: "71" })).toHaveLength(2);
      const { jobs } = await makeStore(virtualClock());
      await jobs.write(jobRecord(1, { pool: pool.key }));
      await jobs.write(jobRecord(2, { pool: poolKey(71, labels.slice(1)) }));
      expect((await jobs.list({ index: "pool", key: pool.key })).map(({ id }) => id)).toEqual([1]);
    });

    test("tables, scopes, leases and rates of equal names do not meet", async () => {
      const store = await makeStore(virtualClock());
      await store.jobs.write(jobRecord(1));
      expect(await store.runners.read("1")).toBeUndefined();
      expect(await store.files.read("1")).toBeUndefined();
      await store.slots.take("1", "1", 1, Number.MAX_SAFE_INTEGER);
      expect(await store.leases.take("1", "a", Number.MAX_SAFE_INTEGER)).toBe(true);
      expect(await store.cursors.read("1")).toBeUndefined();
    });

    describe("rates", () => {
      const rate: Rate = { burst: 5, perSecond: 2 };
      /** Who of those that ask at once comes first is nobody's business. */
      const reserve = async (store: Store, count: number, call = "RunInstances", at = rate): Promise<number[]> => {
        const times = await Promise.all(Array.from({ length: count }, () => store.rates.reserve(call, at)));
        return times.toSorted((one, other) => one - other);
      };

      test("a burst goes at once, the rest one after the other, however many ask at once", async () => {
        const clock = virtualClock();
        const nowMs = clock.nowMs();
        const times = await reserve(await makeStore(clock), 9);
        expect(times.map((ms) => ms - nowMs)).toEqual([0, 0, 0, 0, 0, 500, 1000, 1500, 2000]);
      });

      test("the bucket fills again while nobody calls, to its burst and no more", async () => {
        const clock = virtualClock();
        const store = await makeStore(clock);
        await reserve(store, 7);
        clock.advance(2);
        expect((await reserve(store, 3)).map((ms) => ms - clock.nowMs())).toEqual([0, 0, 500]);
        clock.advance(3600);
        expect((await reserve(store, 6)).map((ms) => ms - clock.nowMs())).toEqual([0, 0, 0, 0, 0, 500]);
      });

      test("held: nothing before that time, then one after the other; never sooner than without", async () => {
        const clock = virtualClock();
        const nowMs = clock.nowMs();
        const store = await makeStore(clock);
        await reserve(store, 2);
        await store.rates.holdUntil("RunInstances", rate, nowMs + 10_000);
        expect((await reserve(store, 3)).map((ms) => ms - nowMs)).toEqual([10_000, 10_500, 11_000]);
        await store.rates.holdUntil("RunInstances", rate, nowMs + 5000);
        expect((await reserve(store, 1)).map((ms) => ms - nowMs)).toEqual([11_500]);
        clock.advance(3600);
        expect((await reserve(store, 6)).map((ms) => ms - clock.nowMs())).toEqual([0, 0, 0, 0, 0, 500]);
      });

      test("a rate that is no whole number of milliseconds gives the same times everywhere, never too early", async () => {
        const clock = virtualClock(Date.UTC(2026, 10, 22, 12) + 1);
        const nowMs = clock.nowMs();
        const store = await makeStore(clock);
        const threeIn2Seconds: Rate = { burst: 2, perSecond: 1.5 };
        const times = await reserve(store, 6, "mint", threeIn2Seconds);
        expect(times.map((ms) => ms - nowMs)).toEqual([0, 0, 667, 1334, 2001, 2667]);
        await store.rates.holdUntil("mint", threeIn2Seconds, nowMs + 9000.5);
        expect((await reserve(store, 2, "mint", threeIn2Seconds)).map((ms) => ms - nowMs)).toEqual([9001, 9668]);
      });

      test("each name has a bucket of its own", async () => {
        const clock = virtualClock();
        const store = await makeStore(clock);
        await reserve(store, 6);
        expect(await reserve(store, 1, "TerminateInstances")).toEqual([clock.nowMs()]);
      });
    });
  });
}
