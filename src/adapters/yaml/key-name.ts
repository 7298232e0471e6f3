/** The value of a scalar key as the library makes a property's name of it; other values have no sensible name. */
export function keyName(value: unknown): string {
  if (typeof value === "string") return value;
  if (value === null || value === undefined) return "";
  return typeof value === "number" || typeof value === "boolean" ? `${value}` : "?";
}
