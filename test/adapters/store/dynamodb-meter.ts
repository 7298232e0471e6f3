import { GetItemCommand } from "@aws-sdk/client-dynamodb";
import type { AttributeValue, DynamoDBClient, ServiceInputTypes } from "@aws-sdk/client-dynamodb";
import { indexCount } from "../../../src/adapters/store/dynamodb/table-definition.ts";

type Item = Record<string, AttributeValue>;
type Output = { readonly Items?: Item[]; readonly Responses?: Record<string, Item[]> };

/** What DynamoDB on demand would have charged for. */
export type Meter = {
  readonly calls: Record<string, number>;
  /** Of 1 KB each, of the table and of its indexes. */
  writeUnits: number;
  /** Of 4 KB each, strongly consistent; half of that otherwise. */
  readUnits: number;
  reset(): void;
};

/**
 * Counts what the client's calls cost by AWS's rules, which the database in the tests knows only in part: an item's size
 * is that of its names and values, a write is charged for the larger of before and after, a refused one too, and an index
 * for each entry that comes or goes (https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/read-write-operations.html
 * and GSI.html there). `direct` looks at items before and after.
 */
export function meterOf(client: DynamoDBClient, direct: DynamoDBClient): Meter {
  const meter: Meter = {
    calls: {},
    writeUnits: 0,
    readUnits: 0,
    reset: () => void Object.assign(meter, { calls: {}, writeUnits: 0, readUnits: 0 }),
  };
  const look = async (TableName: string | undefined, id: AttributeValue | undefined): Promise<Item | undefined> => {
    if (id === undefined) return undefined;
    return (await direct.send(new GetItemCommand({ TableName, Key: { id }, ConsistentRead: true }))).Item;
  };
  const measured = async (operation: string, input: ServiceInputTypes, act: () => Promise<Output>): Promise<Output> => {
    const { TableName, Key, Item: put } = input as { TableName?: string; Key?: Item; Item?: Item };
    const id = (Key ?? put)?.["id"];
    const before = await look(TableName, id);
    meter.calls[operation] = (meter.calls[operation] ?? 0) + 1;
    if (operation === "GetItem") meter.readUnits += units(before, 4096);
    const isWrite = operation === "PutItem" || operation === "UpdateItem" || operation === "DeleteItem";
    try {
      const output = await act();
      for (const item of Object.values(output.Responses ?? {}).flat()) meter.readUnits += units(item, 4096);
      if (operation === "Query") meter.readUnits += Math.max(1, Math.ceil(sizeOf(output.Items ?? []) / 4096)) / 2;
      return output;
    } finally {
      if (isWrite) {
        const after = await look(TableName, id);
        meter.writeUnits += Math.max(units(before, 1024), units(after, 1024)) + indexUnits(before, after);
      }
    }
  };
  let last: Promise<unknown> = Promise.resolve();
  client.middlewareStack.add(
    (send, { commandName = "" }) =>
      async (args) => {
        // One after the other, so that what is seen before and after is this call's doing.
        const turn = last.then(async () => {
          let result: Awaited<ReturnType<typeof send>> | undefined;
          await measured(commandName.replace(/Command$/, ""), args.input, async () => {
            result = await send(args);
            return result.output as Output;
          });
          return result as Awaited<ReturnType<typeof send>>;
        });
        last = turn.catch(() => undefined);
        return await turn;
      },
    { step: "initialize" },
  );
  return meter;
}

function units(item: Item | undefined, bytes: number): number {
  return Math.max(1, Math.ceil(sizeOf(item === undefined ? [] : [item]) / bytes));
}

function sizeOf(items: readonly Item[]): number {
  const all = items.flatMap((item) => Object.entries(item));
  return all.reduce((sum, [name, value]) => sum + Buffer.byteLength(name) + valueSize(value), 0);
}

function valueSize({ S, N, B, M }: AttributeValue): number {
  if (S !== undefined) return Buffer.byteLength(S);
  if (N !== undefined) return Math.ceil(N.length / 2) + 1;
  if (B !== undefined) return B.length;
  const entries = Object.entries(M ?? {});
  return 3 + entries.reduce((sum, [name, value]) => sum + 1 + Buffer.byteLength(name) + valueSize(value), 0);
}

/** An entry that stays is not written: it holds keys only. One that moves goes and comes. */
function indexUnits(before: Item | undefined, after: Item | undefined): number {
  let all = 0;
  for (let number = 1; number <= indexCount; number += 1) {
    const [was, is] = [before, after].map(
      (item) => `${item?.[`p${number}`]?.S ?? ""}\n${item?.[`s${number}`]?.S ?? ""}`,
    );
    if (was !== is) all += (was === "\n" ? 0 : 1) + (is === "\n" ? 0 : 1);
  }
  return all;
}
