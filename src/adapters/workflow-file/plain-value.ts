/** Views of values that YAML gave; what has another shape counts as absent, since GitHub's parser has checked it. */
export const plainValue = { isRecord, record, text, texts, textRecord, flag, number };

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function record(value: unknown): Record<string, unknown> {
  return isRecord(value) ? value : {};
}

/** A scalar as GitHub writes it into a text; undefined when it is none or empty. */
function text(value: unknown): string | undefined {
  if (typeof value === "string") return value === "" ? undefined : value;
  return typeof value === "number" || typeof value === "boolean" ? String(value) : undefined;
}

/** One text or a list of texts, as a list. */
function texts(value: unknown): string[] {
  const list: unknown[] = Array.isArray(value) ? value : [value];
  return list.map((item) => text(item)).filter((item) => item !== undefined);
}

function textRecord(value: unknown): Record<string, string> {
  return Object.fromEntries(Object.entries(record(value)).map(([key, item]) => [key, text(item) ?? ""]));
}

/** A boolean, or the expression that gives one. */
function flag(value: unknown): boolean | string | undefined {
  return typeof value === "boolean" ? value : text(value);
}

/** A number, or the expression that gives one. */
function number(value: unknown): number | string | undefined {
  return typeof value === "number" ? value : text(value);
}
