// Newer than the library typings: writes a number with all its digits
const { rawJSON } = JSON as unknown as { rawJSON: (text: string) => unknown };

/** JSON text in which a bigint stands as a plain number, digit by digit, as GitHub writes ids above 2^53. */
export function jsonText(value: unknown): string {
  return JSON.stringify(value, (_key, item: unknown) => (typeof item === "bigint" ? rawJSON(String(item)) : item));
}
