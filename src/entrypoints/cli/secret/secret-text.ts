import { secretFields } from "../../../adapters/secrets/stored-secrets.ts";
import type { StoredSecrets } from "../../../adapters/secrets/stored-secrets.ts";
import { parseObject } from "../../../adapters/json-object.ts";

/**
 * The secret as text: what is given, each field with the time from which on it is as it is, and what else stood in
 * `before`.
 */
export function secretText(stored: StoredSecrets, before: string | undefined, nowMs: number): string {
  const old = before === undefined ? {} : (parseObject(before) ?? {});
  const times = changeTimes(before);
  const now = new Date(nowMs).toISOString();
  const changedAt = Object.fromEntries(
    secretFields
      .filter((field) => stored[field] !== undefined)
      .map((field) => [field, stored[field] === old[field] ? times[field] : now]),
  );
  return JSON.stringify({ ...old, ...stored, changedAt });
}

/** Field → ISO time since when it is as it is, as far as that was written down. */
export function changeTimes(text: string | undefined): Readonly<Record<string, string>> {
  const changedAt = text === undefined ? undefined : parseObject(text)?.["changedAt"];
  if (typeof changedAt !== "object" || changedAt === null) return {};
  const times = Object.entries(changedAt).filter(
    (entry): entry is [string, string] => typeof entry[1] === "string" && !Number.isNaN(Date.parse(entry[1])),
  );
  return Object.fromEntries(times);
}
