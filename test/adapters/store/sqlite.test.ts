import { spawn } from "node:child_process";
import { writeFile } from "node:fs/promises";
import { dirname, join, resolve } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { describe, expect, test } from "@jest/globals";
import { openDatabase } from "../../../src/adapters/store/sqlite/database.ts";
import { schemaVersion } from "../../../src/adapters/store/sqlite/schema.ts";
import { sqliteStore } from "../../../src/adapters/store/sqlite.ts";
import { everything } from "../../../src/core/model/indexes.ts";
import { storeContract } from "../../contract/store.ts";
import { jobRecord } from "../../helpers/records.ts";
import { sqliteFiles } from "../../helpers/sqlite-files.ts";
import { virtualClock } from "../../helpers/virtual-clock.ts";

const { newFile, opened } = sqliteFiles();

storeContract("sqlite", async (clock) => sqliteStore(opened(newFile()), clock));

describe("one file", () => {
  test("two handles see each other's writes, and one of them wins", async () => {
    const file = newFile();
    const clock = virtualClock();
    const [left, right] = [sqliteStore(opened(file), clock), sqliteStore(opened(file), clock)];
    await left.jobs.write(jobRecord(1));
    expect(await right.jobs.write(jobRecord(1))).toBe(false);
    expect(await right.jobs.write(jobRecord(1, { version: 2, state: "refused" }))).toBe(true);
    expect(await left.jobs.read("1")).toMatchObject({ version: 2, state: "refused" });
    expect(await left.jobs.list({ index: "unstarted", key: everything })).toEqual([]);
    expect(await left.leases.take("schedule", "a", clock.nowMs() + 1000)).toBe(true);
    expect(await right.leases.take("schedule", "b", clock.nowMs() + 1000)).toBe(false);
    expect(await left.slots.take("total", "x", 1, clock.nowMs() + 1000)).toBe(true);
    expect(await right.slots.take("total", "y", 1, clock.nowMs() + 1000)).toBe(false);
    const rate = { burst: 1, perSecond: 1 };
    await left.rates.reserve("r", rate);
    expect(await right.rates.reserve("r", rate)).toBe(clock.nowMs() + 1000);
  });

  test("what was written is there when the file is opened again", async () => {
    const file = newFile();
    const clock = virtualClock();
    const first = openDatabase(file);
    await sqliteStore(first, clock).jobs.write(jobRecord(1));
    await sqliteStore(first, clock).cursors.write("deliveries", "7");
    first.close();
    const store = sqliteStore(opened(file), clock);
    expect(await store.jobs.read("1")).toEqual(JSON.parse(JSON.stringify(jobRecord(1))));
    expect(await store.cursors.read("deliveries")).toBe("7");
  });

  test("a write that fails half-way changes nothing", async () => {
    const database = opened(newFile());
    const store = sqliteStore(database, virtualClock());
    await store.jobs.write(jobRecord(1));
    expect(() =>
      database.write("test", () => {
        database.prepare("DELETE FROM records").run();
        throw new Error("half-way");
      }),
    ).toThrow("half-way");
    expect(await store.jobs.read("1")).toBeDefined();
  });

  test("an error of SQLite is one of the store, worth another try", async () => {
    const database = openDatabase(newFile());
    const store = sqliteStore(database, virtualClock());
    database.prepare("DROP TABLE records").run();
    const expected = { name: "CallError", facts: { service: "store", operation: "write", kind: "unavailable" } };
    await expect(store.jobs.write(jobRecord(1))).rejects.toMatchObject(expected);
    database.close();
  });
});

describe("files that cannot be used are refused with a sentence", () => {
  test("of a newer version", () => {
    const file = newFile();
    openDatabase(file).close();
    const raw = new DatabaseSync(file);
    raw.exec(`PRAGMA user_version = ${schemaVersion + 1}`);
    raw.close();
    expect(() => openDatabase(file)).toThrow(
      `${file} cannot be Mayfly's database: a newer version of Mayfly made it (schema 2, this one knows 1)`,
    );
  });

  test("of another program, no database at all, or nowhere", async () => {
    const foreign = newFile();
    const raw = new DatabaseSync(foreign);
    raw.exec("CREATE TABLE theirs (a)");
    raw.close();
    expect(() => openDatabase(foreign)).toThrow("tables of another program");
    const text = newFile();
    await writeFile(text, "no database, but a text that is long enough to be looked at as one\n".repeat(20));
    expect(() => openDatabase(text)).toThrow("file is not a database");
    expect(() => openDatabase(join(dirname(newFile()), "nowhere", "x.db"))).toThrow("unable to open database file");
  });
});

describe("several processes", () => {
  /** Runs the program in so many processes at the same time; resolves with what each printed as JSON. */
  async function processes(count: number, program: string, file: string): Promise<unknown[]> {
    const source = (path: string): string => JSON.stringify(resolve(import.meta.dirname, "../../../src", path));
    const head = `
      import { openDatabase } from ${source("adapters/store/sqlite/database.ts")};
      import { sqliteStore } from ${source("adapters/store/sqlite.ts")};
      import { sqliteQueue } from ${source("adapters/queue/sqlite.ts")};
      const clock = { nowMs: () => Date.now() };
      const database = openDatabase(process.argv[1]);
      const store = sqliteStore(database, clock);
      const queue = sqliteQueue(database, clock, { visibilitySeconds: 100 });
      const me = String(process.pid);
    `;
    const args = ["--disable-warning=ExperimentalWarning", "--input-type=module", "--eval", head + program, file];
    return await Promise.all(
      Array.from({ length: count }, async () => {
        const child = spawn(process.execPath, args, { stdio: ["ignore", "pipe", "inherit"] });
        let out = "";
        child.stdout.on("data", (chunk) => (out += String(chunk)));
        const code = await new Promise((done) => {
          child.once("close", done);
        });
        expect(code).toBe(0);
        return JSON.parse(out) as unknown;
      }),
    );
  }

  test("open a new file at once, and no write of theirs is lost, no slot or message given twice", async () => {
    const file = newFile();
    const program = `
      const rounds = 60;
      let [writes, taken, got] = [0, 0, []];
      await queue.send(Array.from({ length: rounds }, (_, jobId) => ({ message: { kind: "wake", jobId }, group: "1" })));
      for (let round = 0; round < rounds; round += 1) {
        const record = await store.pools.read("k");
        if (await store.pools.write({ key: "k", version: (record?.version ?? 0) + 1 })) writes += 1;
        if (await store.slots.take("total", me + "-" + round, 100, Date.now() + 60_000)) taken += 1;
        for (const one of await queue.receive(2)) got.push(one.id);
      }
      const at = await store.rates.reserve("r", { burst: 1, perSecond: 0.001 });
      console.log(JSON.stringify({ writes, taken, got, at }));
      database.close();
    `;
    type Done = { readonly writes: number; readonly taken: number; readonly got: string[]; readonly at: number };
    const results = (await processes(3, program, file)) as Done[];
    const sum = (of: (one: Done) => number): number => results.reduce((all, one) => all + of(one), 0);
    const store = sqliteStore(opened(file), virtualClock());
    expect((await store.pools.read("k"))?.version).toBe(sum((one) => one.writes));
    expect(sum((one) => one.taken)).toBe(100);
    const got = results.flatMap((one) => one.got);
    expect(got.length).toBeGreaterThan(100);
    expect(new Set(got).size).toBe(got.length);
    expect(new Set(results.map((one) => Math.round(one.at / 500_000))).size).toBe(3);
  });
});
