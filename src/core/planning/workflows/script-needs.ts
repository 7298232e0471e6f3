import {
  harmlessCommands,
  packageRunners,
  rootFolder,
  shellCommands,
  shellKeywords,
  tellingCommands,
  tellingPairs,
  tellingWords,
  wrapperCommands,
  writingCommands,
} from "./command-table.ts";
import { expressionMark, scriptCommands } from "./script-commands.ts";
import type { ScriptCommand, ScriptWord } from "./script-commands.ts";
import { shortDetail } from "./short-detail.ts";
import type { Need } from "./workflow-facts.ts";

/** `line`: 0-based line of the script. */
export type ScriptNeed = Need;

/** Nobody writes longer ones by hand, and reading is done on texts of strangers. */
const longestScript = 65_536;
/** Scripts within scripts: `bash -c "ssh host 'sudo …'"`. */
const deepest = 4;

/** `NAME=value` before a command, or `NAME+=value`. */
const assignment = /^\w+\+?=/;

/** Shells whose scripts are read as commands, and those of which only telling words are looked for. */
const shells: ReadonlyMap<string, "commands" | "words"> = new Map([
  ["bash", "commands"],
  ["sh", "commands"],
  ["python", "words"],
  ["python3", "words"],
  ["node", "words"],
]);

/**
 * What the commands of a `run:` say against Lambda: Docker, root, package managers of the system, browsers, commands
 * that only a run tells. It looks at words only, and in doubt it finds a need: such a job goes to EC2, where it works.
 * Each kind once, where it is met first; lines are 0-based within the script. Never throws.
 */
export function scriptNeeds(script: string, shell: string): ScriptNeed[] {
  const [program = ""] = shell.trim().split(/\s+/);
  const reading = shells.get(baseName(program));
  if (reading === undefined) return [{ kind: "unknown", detail: `shell: ${shorten(shell)}`, line: 0 }];
  if (script.length > longestScript) {
    return [{ kind: "unknown", detail: `a script of ${script.length} characters`, line: 0 }];
  }
  const found = reading === "commands" ? needsOfCommands(script, { line: 0, depth: 0, rough: false }) : [];
  if (reading === "words") found.push(...needsOfLines(script, 0));
  return firstOfEachKind(found);
}

/** The first need of each kind, in the order of their lines. */
function firstOfEachKind(needs: readonly ScriptNeed[]): ScriptNeed[] {
  const sorted = needs.toSorted((left, right) => left.line - right.line);
  return sorted.filter(({ kind }, index) => sorted.findIndex((other) => other.kind === kind) === index);
}

/** `rough`: it may be no script at all, so that a variable as its first word says nothing. */
type Place = { readonly line: number; readonly depth: number; readonly rough: boolean };

function needsOfCommands(script: string, place: Place): ScriptNeed[] {
  if (place.depth > deepest) return [];
  return scriptCommands(script).flatMap((command) => needsOfCommand(command, place));
}

function needsOfCommand(command: ScriptCommand, place: Place): ScriptNeed[] {
  const words = withoutKeywords(command.words);
  const [first] = words;
  const name = baseName(first?.text ?? "");
  const found = tellingPrograms(words, name);
  if (!harmlessCommands.has(name)) {
    for (const word of command.words) found.push(...tellingLines(word));
  }
  const written = words.find((word, index) => writesAsRoot(word, words[index - 1], name));
  if (written !== undefined) found.push({ kind: "sudo", word: written });
  const hidden = place.rough ? undefined : hiddenCommand(words, name, command.piped);
  if (hidden !== undefined) found.push({ kind: "unknown", word: hidden });
  const pipe = command.piped ? "… | " : "";
  const detailOf = (word: ScriptWord): string =>
    shorten(`${pipe}${(words.includes(word) ? words : command.words).map(({ text }) => text).join(" ")}`);
  return [
    ...found.map(({ kind, word, line = word.line }) => ({ kind, detail: detailOf(word), line: place.line + line })),
    ...needsWithin(command, name, place),
  ];
}

/** `line`: where it is not that of the word. */
type Found = { readonly kind: Need["kind"]; readonly word: ScriptWord; readonly line?: number };

/** Telling words in a word, which goes over several lines when it is quoted. */
function tellingLines(word: ScriptWord): Found[] {
  return word.text
    .split("\n")
    .flatMap((text, index) => tellingParts(text).map((kind) => ({ kind, word, line: word.line + index })));
}

/** The command itself, and those that it may run in the end. */
function tellingPrograms(words: readonly ScriptWord[], name: string): Found[] {
  const runsPackages = packageRunners.has(name);
  const programs = runsPackages || wrapperCommands.has(name) ? words : words.slice(0, 1);
  return programs.flatMap((word, index) => {
    const kind = kindOfCommand(baseName(word.text), words.slice(index + 1));
    // `npm run service` is no `service`.
    const meant = index === 0 || !runsPackages || kind === "browser" || kind === "docker";
    return kind !== undefined && meant ? [{ kind, word }] : [];
  });
}

/** Scripts within the command: in its quotes, its here-documents. */
function needsWithin({ words, documents }: ScriptCommand, name: string, place: Place): ScriptNeed[] {
  const isShell = shellCommands.has(name);
  const quotes = words.flatMap((word) => word.quotes);
  const deeper = (line: number, rough: boolean): Place => ({ line: place.line + line, depth: place.depth + 1, rough });
  return [
    ...quotes.flatMap(({ text, line, expands }) => {
      if (isShell) return needsOfCommands(text, deeper(line, true));
      // An apostrophe that was no quote must not hide the lines behind it.
      const start = Math.min(
        ...[text.indexOf("\n"), ...(expands ? [text.search(/\$\(|`/)] : [])].filter((at) => at >= 0),
      );
      if (!Number.isFinite(start)) return [];
      return needsOfCommands(text.slice(start), deeper(line, true));
    }),
    ...documents.flatMap(({ text, line }) =>
      isShell ? needsOfCommands(text, deeper(line, true)) : needsOfLines(text, place.line + line),
    ),
  ];
}

/** Telling words in a text that is no shell's script; lines that are comments are left out. */
function needsOfLines(text: string, firstLine: number): ScriptNeed[] {
  return text.split("\n").flatMap((line, index) => {
    if (/^\s*(?:#|\/\/)/.test(line)) return [];
    return tellingParts(line).map((kind) => ({ kind, detail: shorten(line), line: firstLine + index }));
  });
}

function kindOfCommand(name: string, rest: readonly ScriptWord[]): Need["kind"] | undefined {
  const alone = tellingCommands.get(name);
  if (alone !== undefined) return alone;
  const pairs = tellingPairs.get(name) ?? [];
  return pairs.find(([words]) => rest.some(({ text }) => words.includes(text)))?.[1];
}

function tellingParts(text: string): Need["kind"][] {
  const parts = text.toLowerCase().split(/[^a-z0-9]+/);
  return parts.map((part) => tellingWords.get(part)).filter((kind) => kind !== undefined);
}

/** A word that names a folder of the system which the command writes to. */
function writesAsRoot({ text }: ScriptWord, before: ScriptWord | undefined, name: string): boolean {
  if (!rootFolder.test(text)) return false;
  return before?.text === ">" || writingCommands.has(name);
}

/** A command that only the run tells: an expression or a variable alone, or what comes from the network. */
function hiddenCommand(words: readonly ScriptWord[], name: string, piped: boolean): ScriptWord | undefined {
  const [first, ...rest] = words;
  const last = wrapperCommands.has(name) ? rest.find(({ text }) => !/^(?:-|[\d.]+[smhd]?$|\w+=)/.test(text)) : first;
  if (last !== undefined && isHidden(last.text)) return last;
  if (!piped || !/^(?:ba|da|z|k|a)?sh$/.test(name)) return undefined;
  // `… | sh`, `… | bash -s -- --yes`
  const standsFor = rest.findIndex(({ text }) => text === "-s" || text === "-");
  const script = rest.slice(0, standsFor < 0 ? undefined : standsFor).find(({ text }) => !text.startsWith("-"));
  return script === undefined || script.text === ">" ? first : undefined;
}

function isHidden(text: string): boolean {
  if (assignment.test(text)) return false;
  return text.includes(expressionMark) ? !text.includes("/") : /^\$(?:\w+|[@*]|\{[^}]*\})$/.test(text);
}

/** The command itself: without `if`, `do`, `!` and assignments before it. */
function withoutKeywords(words: readonly ScriptWord[]): readonly ScriptWord[] {
  const start = words.findIndex(({ text }) => !shellKeywords.has(text) && !assignment.test(text));
  return start < 0 ? words : words.slice(start);
}

/** Last part of a program's path, in lower case. */
function baseName(program: string): string {
  return program.slice(program.lastIndexOf("/") + 1).toLowerCase();
}

function shorten(text: string): string {
  return shortDetail(text.replaceAll(expressionMark, "${{ … }}"));
}
