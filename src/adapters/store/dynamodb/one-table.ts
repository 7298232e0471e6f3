import {
  BatchGetItemCommand,
  ConditionalCheckFailedException,
  DeleteItemCommand,
  GetItemCommand,
  PutItemCommand,
  QueryCommand,
  UpdateItemCommand,
} from "@aws-sdk/client-dynamodb";
import type {
  AttributeValue,
  DeleteItemCommandInput,
  DynamoDBClient,
  PutItemCommandInput,
  QueryCommandInput,
  QueryCommandOutput,
  UpdateItemCommandInput,
} from "@aws-sdk/client-dynamodb";
import { dynamodbCallError } from "./dynamodb-call-error.ts";

export type Item = Record<string, AttributeValue>;

/** What became of a conditional write. */
export type Outcome =
  /** With what `ReturnValues` asked for. */
  | { readonly ok: true; readonly attributes: Item }
  /**
   * The condition does not hold. After more than one try of the SDK it may not hold because of this very write, whose
   * reply was lost.
   */
  | { readonly ok: false; readonly tries: number };

type Expressions<Input> = Omit<Input, "TableName" | "Key" | "Item">;

/** The calls on one table, with its name filled in. Each rejects with a `CallError` only. */
export type OneTable = {
  /** Strongly consistent. */
  get(id: string): Promise<Item | undefined>;
  put(item: Item, input: Expressions<PutItemCommandInput>): Promise<Outcome>;
  update(id: string, input: Expressions<UpdateItemCommandInput>): Promise<Outcome>;
  remove(id: string, input: Expressions<DeleteItemCommandInput>): Promise<Outcome>;
  query(input: Expressions<QueryCommandInput>): Promise<QueryCommandOutput>;
  /** At most 100, strongly consistent. `left`: those that DynamoDB did not come to. */
  batchGet(ids: readonly string[]): Promise<{ readonly items: Item[]; readonly left: string[] }>;
};

export function oneTable(client: DynamoDBClient, table: string): OneTable {
  const call = async <T>(operation: string, act: () => Promise<T>): Promise<T> => {
    try {
      return await act();
    } catch (error) {
      throw dynamodbCallError(error, operation, table);
    }
  };
  const keyOf = (id: string): Item => ({ id: { S: id } });
  const conditional = async (act: () => Promise<{ Attributes?: Item | undefined }>): Promise<Outcome> => {
    try {
      return { ok: true, attributes: (await act()).Attributes ?? {} };
    } catch (error) {
      if (!(error instanceof ConditionalCheckFailedException)) throw error;
      return { ok: false, tries: error.$metadata.attempts ?? 1 };
    }
  };
  const TableName = table;
  return {
    get: (id) =>
      call("GetItem", async () => {
        const command = new GetItemCommand({ TableName, Key: keyOf(id), ConsistentRead: true });
        return (await client.send(command)).Item;
      }),
    put: (Item, input) =>
      call("PutItem", () => conditional(() => client.send(new PutItemCommand({ ...input, TableName, Item })))),
    update: (id, input) =>
      call("UpdateItem", () =>
        conditional(() => client.send(new UpdateItemCommand({ ...input, TableName, Key: keyOf(id) }))),
      ),
    remove: (id, input) =>
      call("DeleteItem", () =>
        conditional(() => client.send(new DeleteItemCommand({ ...input, TableName, Key: keyOf(id) }))),
      ),
    query: (input) => call("Query", () => client.send(new QueryCommand({ ...input, TableName }))),
    batchGet: (ids) =>
      call("BatchGetItem", async () => {
        const request = { [table]: { Keys: ids.map(keyOf), ConsistentRead: true } };
        const reply = await client.send(new BatchGetItemCommand({ RequestItems: request }));
        const left = reply.UnprocessedKeys?.[table]?.Keys ?? [];
        return { items: reply.Responses?.[table] ?? [], left: left.flatMap(({ id }) => id?.S ?? []) };
      }),
  };
}
