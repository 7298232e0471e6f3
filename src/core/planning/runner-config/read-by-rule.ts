import { nearest } from "../nearest.ts";
import { options } from "../options.ts";
import { checkSubject, subjectOf } from "./check-value.ts";
import { describeValue, listWords, shorten } from "./describe-value.ts";
import type { FileKeys, FileRule, ItemsRule, KeysRule, NamesRule } from "./file-rule.ts";
import { nearestInstanceType } from "./instance-type-facts.ts";
import type { Path, ProblemList } from "./problem-list.ts";
import { readMapping } from "./read-mapping.ts";
import { namePattern, nameRule } from "./runner-name.ts";

/** What is read, for sentences about it, and where it stands. */
export type Place = {
  /** `` `maxima` ``, ``the runner `build` ``. */
  readonly title: string;
  readonly path: Path;
  readonly problems: ProblemList;
};

/**
 * Reads a value of a file by its rule; everything that is wrong goes into the problems. Gives the usable part, which is
 * of the type `Read<rule>` when nothing was wrong; undefined when there is none. Nothing is converted.
 */
export function readByRule(rule: FileRule, value: unknown, place: Place): unknown {
  switch (rule.type) {
    case "keys":
      return readKeys(rule, value, place);
    case "names":
      return readNames(rule, value, place);
    case "items":
      return readItems(rule, value, place);
    default:
      return readValue(rule, value, place);
  }
}

function readKeys(rule: KeysRule, value: unknown, { title, path, problems }: Place): Record<string, unknown> {
  const { keys } = rule;
  const entries = readMapping(value);
  if (entries === undefined) {
    problems.add(
      "MF-CONFIG-SHAPE",
      "value",
      path,
      `${begin(title)} must be a mapping of keys, found ${describeValue(value)}.`,
    );
    return {};
  }
  const values: Record<string, unknown> = {};
  for (const [key, written] of entries) {
    const at = [...path, key];
    const known = Object.hasOwn(keys, key) ? keys[key] : undefined;
    if (known === undefined) {
      problems.add("MF-CONFIG-KEY", "key", at, unknownKey(key, keys));
      continue;
    }
    const read = readByRule(known.rule, written, { title: `\`${key}\``, path: at, problems });
    if (read !== undefined) values[key] = read;
  }
  for (const missing of missingKeys(rule, new Set(entries.map(([key]) => key)))) {
    problems.add("MF-CONFIG-MISSING", "key", path, `${begin(title)} needs the key ${missing}.`);
  }
  return values;
}

function missingKeys({ keys, anyOf }: KeysRule, written: ReadonlySet<string>): string[] {
  const required = Object.entries(keys).filter(([key, rest]) => rest.required === true && !written.has(key));
  const missing = required.map(([key]) => `\`${key}\``);
  return anyOf === undefined || anyOf.some((key) => written.has(key)) ? missing : [...missing, listWords(anyOf, "or")];
}

function unknownKey(key: string, keys: FileKeys): string {
  const known = Object.keys(keys);
  const meant = nearest(key, known);
  const remedy =
    meant === undefined ? `Known here: ${listWords(known, "and", known.length)}.` : `Did you mean \`${meant}\`?`;
  return `There is no key \`${shorten(key)}\`. ${remedy}`;
}

function readNames(
  rule: NamesRule,
  value: unknown,
  { title, path, problems }: Place,
): Map<string, unknown> | undefined {
  const { one, many } = rule;
  const entries = readMapping(value);
  if (entries === undefined) {
    const message = `${begin(title)} must be a mapping of names to ${many}, found ${describeValue(value)}.`;
    problems.add("MF-CONFIG-SHAPE", "value", path, message);
    return undefined;
  }
  const things = new Map<string, unknown>();
  for (const [name, written] of entries) {
    const at = [...path, name];
    const shown = shorten(name);
    if (!namePattern.test(name)) {
      const message = `\`${shown}\` cannot be the name of ${one === "image" ? "an" : "a"} ${one}: it takes ${nameRule}.`;
      problems.add("MF-CONFIG-NAME", "key", at, message);
    }
    things.set(name, readByRule(rule.of, written, { title: `the ${one} \`${shown}\``, path: at, problems }));
  }
  return things;
}

function readItems(rule: ItemsRule, value: unknown, { title, path, problems }: Place): unknown[] | undefined {
  const { fewest, most } = rule;
  if (!Array.isArray(value)) {
    problems.add("MF-CONFIG-SHAPE", "value", path, `${begin(title)} must be a list, found ${describeValue(value)}.`);
    return undefined;
  }
  if (value.length < fewest || value.length > most) {
    const message = `${begin(title)} takes ${fewest} to ${most} entries, found ${value.length}.`;
    problems.add("MF-CONFIG-VALUE", "value", path, message);
    return undefined;
  }
  const seen = new Set<unknown>();
  return value.flatMap((item: unknown, index) => {
    const at = { title: `an entry of ${title}`, path: [...path, index], problems };
    const read = readByRule(rule.of, item, at);
    if (read === undefined) return [];
    if (seen.has(read)) {
      problems.add("MF-CONFIG-REPEATED", "value", at.path, `\`${describeItem(read)}\` stands twice in ${title}.`);
      return [];
    }
    seen.add(read);
    return [read];
  });
}

function describeItem(item: unknown): string {
  return typeof item === "string" ? shorten(item) : String(item);
}

type ValueRule = Exclude<FileRule, KeysRule | NamesRule | ItemsRule>;

function readValue(rule: ValueRule, value: unknown, { title, path, problems }: Place): unknown {
  const last = path.at(-1);
  const subject = typeof last === "string" ? subjectOf(last) : { title: begin(title), write: (text: string) => text };
  const suggest = rule === options["instance-types"].rule ? { suggest: nearestInstanceType } : {};
  const checked = checkSubject({ ...subject, ...suggest }, rule, value);
  for (const { code, message, path: inside } of checked.findings) {
    problems.add(code, "value", [...path, ...inside], message);
  }
  return checked.value;
}

/** As the beginning of a sentence. */
function begin(title: string): string {
  return title.charAt(0).toUpperCase() + title.slice(1);
}
