import { readFileSync } from "node:fs";
import { describe, expect, test } from "@jest/globals";
import { indexNumber, indexNumbers } from "../../../src/adapters/store/dynamodb/index-numbers.ts";
import { indexCount, indexName, tableDefinition } from "../../../src/adapters/store/dynamodb/table-definition.ts";
import type { IndexEntries } from "../../../src/core/model/indexes.ts";
import type { Pool } from "../../../src/core/model/pool.ts";
import type { Run } from "../../../src/core/model/run.ts";
import type { Runner } from "../../../src/core/model/runner.ts";
import type { ServedRepository } from "../../../src/core/model/served-repository.ts";
import { tables } from "../../../src/core/model/tables.ts";
import { jobRecord, repository } from "../../helpers/records.ts";

const jobStates = ["queued", "launching", "waiting", "refused", "running", "completed", "lost"] as const;
const runnerStates = ["launching", "booting", "idle", "busy", "ended"] as const;
const reason = { code: "MF-CAP", detail: "", sinceMs: 0, scope: "total" } as const;

/** Records in every state in which their indexes differ, each kind with what its indexes read. */
const entries: Readonly<Record<string, readonly IndexEntries[]>> = {
  job: jobStates.flatMap((state) =>
    [undefined, reason].map((why): IndexEntries => tables.jobs.indexesOf(jobRecord(1, { state, reason: why }))),
  ),
  runner: runnerStates.flatMap((state) =>
    [undefined, "i-1"].flatMap((machineId) =>
      [undefined, 5].map((dueAtMs) => {
        const runner = { name: "r", state, execution: "ec2", machineId, pool: "p", createdAtMs: 1, dueAtMs };
        return tables.runners.indexesOf(runner as unknown as Runner);
      }),
    ),
  ),
  pool: [undefined, 5].map((backoffUntilMs) =>
    tables.pools.indexesOf({ repository, backoffUntilMs } as unknown as Pool),
  ),
  run: [undefined, 5].map((dueAtMs) => tables.runs.indexesOf({ dueAtMs } as Run)),
  repository: [tables.repositories.indexesOf({ dueAtMs: 5 } as ServedRepository)],
};

describe("index numbers", () => {
  test("every index that a record can stand in has one, and there are no others", () => {
    const given = Object.entries(entries).map(([kind, all]) => [
      kind,
      [...new Set(all.flatMap(Object.keys))].toSorted(),
    ]);
    const numbered = Object.entries(indexNumbers).map(([kind, all]) => [kind, Object.keys(all).toSorted()]);
    expect(Object.fromEntries(given)).toEqual(Object.fromEntries(numbered));
  });

  test("every kind of record is known, and every index that the model names", () => {
    const kinds = Object.values(tables).map(({ kind }) => kind);
    expect(kinds).toEqual(expect.arrayContaining(Object.keys(indexNumbers)));
    const source = readFileSync(new URL("../../../src/core/model/indexes.ts", import.meta.url), "utf8");
    const named = [...source.matchAll(/(?:"([\w-]+)"|\b(\w+)): \{ key:/g)].map((match) => match[1] ?? match[2] ?? "");
    expect(named.length).toBeGreaterThan(10);
    expect(new Set(named)).toEqual(new Set(Object.values(indexNumbers).flatMap(Object.keys)));
  });

  test("no kind uses a number twice, or one that the table does not have", () => {
    const names = tableDefinition.GlobalSecondaryIndexes.map(({ IndexName }) => IndexName);
    for (const numbers of Object.values(indexNumbers)) {
      const all = Object.values(numbers);
      expect(new Set(all).size).toBe(all.length);
      expect(names).toEqual(expect.arrayContaining(all.map(indexName)));
    }
  });

  test("an index without one is refused, not overlooked", () => {
    const expected = expect.objectContaining({ kind: "invalid", message: expect.stringContaining("index-numbers.ts") });
    expect(() => indexNumber("job", "colour")).toThrow(expect.objectContaining({ facts: expected }));
    expect(() => indexNumber("colour", "run")).toThrow("index run of a colour");
  });
});

test("the table has a key, and as many indexes of keys as records need, each over attributes of its own", () => {
  const { AttributeDefinitions, KeySchema, GlobalSecondaryIndexes } = tableDefinition;
  expect(KeySchema).toEqual([{ AttributeName: "id", KeyType: "HASH" }]);
  expect(indexCount).toBe(Math.max(...Object.values(indexNumbers).flatMap(Object.values)));
  expect(GlobalSecondaryIndexes).toHaveLength(indexCount);
  expect(new Set(GlobalSecondaryIndexes.map(({ Projection }) => Projection.ProjectionType))).toEqual(
    new Set(["KEYS_ONLY"]),
  );
  const used = [KeySchema, ...GlobalSecondaryIndexes.map((index) => index.KeySchema)].flat();
  const names = used.map(({ AttributeName }) => AttributeName);
  expect(new Set(names).size).toBe(names.length);
  expect(AttributeDefinitions.map(({ AttributeName }) => AttributeName)).toEqual(names);
  expect(AttributeDefinitions.every(({ AttributeType }) => AttributeType === "S")).toBe(true);
});
