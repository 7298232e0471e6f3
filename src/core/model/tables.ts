import type { Day } from "./day.ts";
import { jobIndexes, poolIndexes, repositoryIndexes, runIndexes, runnerIndexes } from "./indexes.ts";
import type { IndexEntries } from "./indexes.ts";
import type { Job } from "./job.ts";
import type { LabelHistory } from "./label-history.ts";
import type { Pool } from "./pool.ts";
import type { RepositoryFile } from "./repository-file.ts";
import type { Run } from "./run.ts";
import type { Runner } from "./runner.ts";
import type { ServedRepository } from "./served-repository.ts";

/** How records of one kind are kept, whatever database is behind the store. */
export type TableRules<T> = {
  /** First part of a record's name: `job#42`. */
  readonly kind: string;
  readonly keyOf: (record: T) => string;
  readonly indexesOf: (record: T) => IndexEntries;
  /** A record that was not written for so long may be forgotten. GitHub keeps a run open for 35 days at most. */
  readonly keptDays: number;
  /** Each makes a record of one schema (the first: of schema 1) one of the next. */
  readonly upgrades: readonly ((record: unknown) => unknown)[];
};

/** Everything that the store keeps by conditional writes. */
export type StoredRecords = {
  readonly jobs: Job;
  readonly runners: Runner;
  readonly pools: Pool;
  readonly runs: Run;
  readonly files: RepositoryFile;
  readonly repositories: ServedRepository;
  readonly histories: LabelHistory;
  readonly days: Day;
};

const byKey = ({ key }: { readonly key: string }): string => key;

/** Read by key only. */
const none = (): IndexEntries => ({});

/** All records are of their first schema so far. */
const upgrades: TableRules<unknown>["upgrades"] = [];

export const tables: { readonly [Name in keyof StoredRecords]: TableRules<StoredRecords[Name]> } = {
  jobs: { kind: "job", keyOf: ({ id }) => String(id), indexesOf: jobIndexes, keptDays: 60, upgrades },
  runners: { kind: "runner", keyOf: ({ name }) => name, indexesOf: runnerIndexes, keptDays: 60, upgrades },
  pools: { kind: "pool", keyOf: byKey, indexesOf: poolIndexes, keptDays: 60, upgrades },
  runs: { kind: "run", keyOf: byKey, indexesOf: runIndexes, keptDays: 60, upgrades },
  files: { kind: "file", keyOf: byKey, indexesOf: none, keptDays: 30, upgrades },
  repositories: { kind: "repository", keyOf: byKey, indexesOf: repositoryIndexes, keptDays: 60, upgrades },
  histories: { kind: "history", keyOf: byKey, indexesOf: none, keptDays: 60, upgrades },
  days: { kind: "day", keyOf: byKey, indexesOf: none, keptDays: 60, upgrades },
};
