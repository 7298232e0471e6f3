// Fields of an answer that nothing can go on without: each throws when it is not what it must be.

/** `value`, if it is a text with something in it; throws otherwise. */
export function nonEmpty(value: unknown): string {
  if (typeof value !== "string" || value === "") throw new Error("a text is missing or empty");
  return value;
}

/** An ISO date as milliseconds since the epoch; throws when it is none. */
export function time(value: unknown): number {
  const parsedMs = Date.parse(nonEmpty(value));
  if (Number.isNaN(parsedMs)) throw new Error("a date is missing or wrong");
  return parsedMs;
}

/** An id below 2^53; throws when it is none. */
export function integer(value: unknown): number {
  if (typeof value !== "number" || !Number.isSafeInteger(value)) throw new Error("an id is missing or wrong");
  return value;
}
