import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll } from "@jest/globals";
import { openDatabase } from "../../src/adapters/store/sqlite/database.ts";
import type { Database } from "../../src/adapters/store/sqlite/database.ts";

/** Database files of one test file: closed after each test, removed after all. */
export function sqliteFiles(): {
  readonly newFile: () => string;
  readonly opened: (file: string) => Database;
} {
  let folder = "";
  let files = 0;
  const open: Database[] = [];
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), "mayfly-sqlite-"));
  });
  afterEach(() => {
    for (const database of open.splice(0)) database.close();
  });
  afterAll(async () => {
    await rm(folder, { recursive: true });
  });
  return {
    newFile() {
      files += 1;
      return join(folder, `${files}.db`);
    },
    opened(file) {
      const database = openDatabase(file);
      open.push(database);
      return database;
    },
  };
}
