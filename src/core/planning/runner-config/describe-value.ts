const mostCharacters = 40;

/** A value of a file in words for a message: short, on one line, whatever it is. */
export function describeValue(value: unknown): string {
  if (value === null || value === undefined) return "an empty value";
  if (Array.isArray(value)) return "a list";
  if (typeof value === "string") return `the text ${JSON.stringify(shorten(value))}`;
  return typeof value === "number" || typeof value === "boolean" ? `${value}` : "a mapping";
}

/** At most so many characters of a text, on one line. */
export function shorten(text: string): string {
  const flat = text.replaceAll(/[\p{Cc}\u2028\u2029]/gu, " ");
  return flat.length > mostCharacters ? `${flat.slice(0, mostCharacters)}…` : flat;
}
