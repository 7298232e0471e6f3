export type Fields = Readonly<Record<string, unknown>>;

/** The fields of a JSON object; undefined for everything else. */
export function fieldsOf(value: unknown): Fields | undefined {
  return typeof value === "object" && value !== null && !Array.isArray(value) ? (value as Fields) : undefined;
}
