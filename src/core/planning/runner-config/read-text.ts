import type { Range, YamlDocument, YamlReader } from "../../ports.ts";
import { describeValue, flatten, listWords } from "./describe-value.ts";
import type { KeysRule } from "./file-rule.ts";
import { problemList } from "./problem-list.ts";
import type { ProblemList } from "./problem-list.ts";
import { readByRule } from "./read-by-rule.ts";
import { readMapping } from "./read-mapping.ts";

/** Larger files are not read: nobody writes them, and they come from strangers. */
const mostBytes = 65_536;

/** Where a problem of the whole file stands. */
const top: Range = { line: 1, column: 1, endLine: 1, endColumn: 1 };

/** A text that was read by a rule. Checks of what the rule cannot say may add to its problems. */
export type ReadText = {
  /** Of the type `Read<rule>` if no problem is an error. */
  readonly values: Readonly<Record<string, unknown>>;
  readonly document: Pick<YamlDocument, "value" | "rangeOf">;
  readonly problems: ProblemList;
};

/** Reads the text of one of Mayfly's files by its rule. Never throws. An empty text is an empty mapping. */
export function readText(text: string, yaml: YamlReader, rule: KeysRule): ReadText {
  const unread = whyUnread(text);
  if (unread !== undefined) {
    const document = { value: undefined, rangeOf: () => top };
    const problems = problemList(document);
    problems.addAt(unread.code, top, unread.message);
    return { values: {}, document, problems };
  }
  const document = yaml.read(text);
  const problems = problemList(document);
  // The library's messages repeat what is written.
  for (const { message, ...range } of document.problems)
    problems.addAt("MF-CONFIG-YAML", range, `${flatten(message)}.`);
  if (readMapping(document.value) === undefined) {
    const keys = listWords(Object.keys(rule.keys).slice(0, 3), "and");
    const message = `The file must be a mapping of keys such as ${keys}, found ${describeValue(document.value)}.`;
    problems.addAt("MF-CONFIG-SHAPE", top, message);
    return { values: {}, document, problems };
  }
  const values = readByRule(rule, document.value, { title: "the file", path: [], problems });
  return { values: values as Readonly<Record<string, unknown>>, document, problems };
}

function whyUnread(
  text: string,
): { readonly code: "MF-CONFIG-SIZE" | "MF-CONFIG-YAML"; readonly message: string } | undefined {
  if (isTooLong(text)) {
    return { code: "MF-CONFIG-SIZE", message: `The file is larger than 64 KiB (${mostBytes} bytes) and is not read.` };
  }
  if (!text.startsWith("\uFFFD") && !text.includes("\0")) return undefined;
  // Read as UTF-8, the mark at the beginning of UTF-16 gives two of these; without it each letter has a NUL beside it.
  const looksLike = /^(?:\uFFFD\uFFFD|.?\0)/s.test(text) ? ", it looks like UTF-16" : "";
  return { code: "MF-CONFIG-YAML", message: `The file is not UTF-8 text${looksLike}. Save it as UTF-8.` };
}

/** Size as UTF-8. */
function isTooLong(text: string): boolean {
  if (text.length > mostBytes) return true;
  let bytes = 0;
  for (const character of text) {
    const code = character.codePointAt(0) ?? 0;
    bytes += code < 0x80 ? 1 : code < 0x8_00 ? 2 : code < 0x1_00_00 ? 3 : 4;
  }
  return bytes > mostBytes;
}
