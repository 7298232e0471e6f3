const mostCharacters = 40;

/** A value of a file in words for a message: short, on one line, whatever it is. */
export function describeValue(value: unknown): string {
  if (value === null || value === undefined) return "an empty value";
  if (Array.isArray(value)) return "a list";
  if (typeof value === "string") return `the text ${JSON.stringify(shorten(value))}`;
  if (value instanceof Date) return "a date";
  return typeof value === "number" || typeof value === "boolean" || typeof value === "bigint"
    ? `${value}`
    : "a mapping";
}

/** At most so many characters of a text, on one line, without what cannot be seen or turns the rest around. */
export function shorten(text: string): string {
  const flat = flatten(text);
  if (flat.length <= mostCharacters) return flat;
  return `${flat.slice(0, mostCharacters).replace(/[\uD800-\uDBFF]$/, "")}…`;
}

/** A text on one line, without what cannot be seen or turns the rest around. */
export function flatten(text: string): string {
  return text.replaceAll(/[\p{Cc}\p{Cf}\u2028\u2029]/gu, " ").toWellFormed();
}

/** Words in code quotes, with the last conjunction: `a`, `b` or `c`; at most so many of them. */
export function listWords(words: readonly string[], conjunction: "and" | "or", most = 12): string {
  const quoted = words.slice(0, most).map((word) => `\`${shorten(word)}\``);
  if (words.length > most) return `${quoted.join(", ")} ${conjunction} ${words.length - most} more`;
  return quoted.length < 2
    ? quoted.join("")
    : `${quoted.slice(0, -1).join(", ")} ${conjunction} ${quoted.at(-1) ?? ""}`;
}
