/** Items are kept until this attribute's time, in seconds since the epoch; DynamoDB removes them up to days later. */
export const ttlAttribute = "ttl";

/** As many as records of one kind have at most (see index-numbers.ts). */
export const indexCount = 5;

/** DynamoDB takes no shorter one than three characters. */
export function indexName(number: number): string {
  return `index-${number}`;
}

const numbers = Array.from({ length: indexCount }, (_, index) => index + 1);

/**
 * The one table, as both CloudFormation's `AWS::DynamoDB::Table` and the CreateTable call take it, which is on demand
 * (`PAY_PER_REQUEST`). Its indexes are overloaded: a partition's name begins with the kind of its records, and an item
 * without the two attributes of an index is not in it. They hold keys only: what a list shows is read from the table.
 */
export const tableDefinition = {
  AttributeDefinitions: ["id", ...numbers.flatMap((number) => [`p${number}`, `s${number}`])].map((name) => ({
    AttributeName: name,
    AttributeType: "S" as const,
  })),
  KeySchema: [{ AttributeName: "id", KeyType: "HASH" as const }],
  GlobalSecondaryIndexes: numbers.map((number) => ({
    IndexName: indexName(number),
    KeySchema: [
      { AttributeName: `p${number}`, KeyType: "HASH" as const },
      { AttributeName: `s${number}`, KeyType: "RANGE" as const },
    ],
    Projection: { ProjectionType: "KEYS_ONLY" as const },
  })),
};
