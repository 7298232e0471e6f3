/** The entries of a plain mapping, none for nothing, undefined for everything else. */
export function readMapping(value: unknown): [string, unknown][] | undefined {
  if (value === undefined || value === null) return [];
  // Sets, ordered maps and binary data of exotic tags are objects too.
  const plain = typeof value === "object" && Object.getPrototypeOf(value) === Object.prototype;
  return plain ? Object.entries(value) : undefined;
}
