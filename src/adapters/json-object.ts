/** An object of JSON, its members not looked at. */
export type JsonObject = Readonly<Record<string, unknown>>;

/** The object in a text of JSON; undefined for any other text. */
export function parseObject(text: string): JsonObject | undefined {
  try {
    return asObject(JSON.parse(text));
  } catch {
    return undefined;
  }
}

/** The value when it is an object; undefined for a list and everything else. */
export function asObject(value: unknown): JsonObject | undefined {
  return typeof value === "object" && value !== null && !Array.isArray(value) ? (value as JsonObject) : undefined;
}
