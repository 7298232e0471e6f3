import type { DynamoDBClient } from "@aws-sdk/client-dynamodb";
import { tables } from "../../core/model/tables.ts";
import type { TableRules } from "../../core/model/tables.ts";
import type { Clock, Store, Table } from "../../core/ports.ts";
import { dynamodbCursors } from "./dynamodb/cursors.ts";
import { dynamodbLeases } from "./dynamodb/leases.ts";
import { oneTable } from "./dynamodb/one-table.ts";
import { dynamodbRates } from "./dynamodb/rates.ts";
import { dynamodbRecords } from "./dynamodb/records.ts";
import { dynamodbSlots } from "./dynamodb/slots.ts";

export type DynamodbOptions = {
  /**
   * Of the table's region. Its own retries (`maxAttempts`) are welcome, every call may be repeated; it must give up on an
   * answer (`requestTimeout`, `throwOnRequestTimeout`), or a caller waits for a lost one until its own time is over.
   */
  readonly client: DynamoDBClient;
  /** Name of a table as dynamodb/table-definition.ts describes it. */
  readonly table: string;
  readonly clock: Clock;
};

/**
 * A store in one table of DynamoDB, for any number of processes. Every change is a conditional write of one item; reads by
 * key are strongly consistent. An item whose `ttl` has passed does not exist, whether or not DynamoDB has removed it.
 */
export function dynamodbStore({ client, table, clock }: DynamodbOptions): Store {
  const items = oneTable(client, table);
  const records = <T extends { readonly version: number }>(rules: TableRules<T>): Table<T> =>
    dynamodbRecords(items, rules, clock);
  return {
    jobs: records(tables.jobs),
    runners: records(tables.runners),
    pools: records(tables.pools),
    runs: records(tables.runs),
    files: records(tables.files),
    repositories: records(tables.repositories),
    histories: records(tables.histories),
    days: records(tables.days),
    slots: dynamodbSlots(items, clock),
    leases: dynamodbLeases(items, clock),
    cursors: dynamodbCursors(items),
    rates: dynamodbRates(items, clock),
  };
}
