/** One word of a command; what was quoted in it is text too. */
export type ScriptWord = {
  readonly text: string;
  /** 0-based line of the script. */
  readonly line: number;
  readonly quotes: readonly Quote[];
};

/** A quoted part of a word, without its quotes. `expands`: the shell runs `$(…)` in it. */
export type Quote = { readonly text: string; readonly line: number; readonly expands: boolean };

export type ScriptCommand = {
  readonly words: readonly ScriptWord[];
  /** Its input is the output of another command. */
  readonly piped: boolean;
  /** Texts of its here-documents. */
  readonly documents: readonly Quote[];
};

/** Stands for a `${{ }}` in a word. */
export const expressionMark = "\uE000";

type PieceKind =
  | "space"
  | "newline"
  | "comment"
  | "sum"
  | "open"
  | "document"
  | "redirect"
  | "operator"
  | "single"
  | "double"
  | "text";

/**
 * Pieces of a script of sh or bash, in the order in which they are tried. Each takes linear time and can always end, so
 * that an unclosed quote only makes one long piece.
 */
const pieces: readonly (readonly [PieceKind, RegExp])[] = [
  ["space", /[ \t\r\f\v]+|\\\r?\n/],
  ["newline", /\n/],
  ["comment", /#[^\n]*/],
  ["sum", /\$?\(\((?:[^()\n$]|\$(?!\()|\([^()\n]*\))*\)\)/],
  ["open", /\$\(|[<>]\(|`/],
  ["document", /<<-?[ \t]*(?:'\w+'|"\w+"|\\?\w+)/],
  ["redirect", /<<<|&>>?|>>?[|&]?|<[>&]?/],
  ["operator", /\|\||\|&?|&&|;|&|\(|\)/],
  ["single", /\$?'[^']*'?/],
  ["double", /\$?"(?:[^"\\]|\\[^])*"?/],
  ["text", /\$\{[^}\n]*\}?|\$[\w#?!@*$-]*|(?:[^\s\\'"`$;|&()<>]|\\[^\n])+|[^]/],
];
const anyPiece = new RegExp(pieces.map(([, { source }]) => `(${source})`).join("|"), "gy");

/**
 * The commands of a script of sh or bash, as far as a look at its words can tell: quotes, comments, here-documents and
 * `$(…)` are known, functions and variables are not followed. Never throws.
 */
export function scriptCommands(script: string): ScriptCommand[] {
  const reader = new Reader(maskExpressions(script));
  return reader.read();
}

type Word = { text: string; readonly line: number; readonly quotes: Quote[] };
type Waiting = { readonly word: string; readonly into: Quote[] };

class Reader {
  readonly #script: string;
  readonly #commands: ScriptCommand[] = [];
  #line = 0;
  #words: Word[] = [];
  #documents: Quote[] = [];
  #piped = false;
  #word: Word | undefined;
  /** The end of a `[[ … ]]` or `name=( … )`, in which operators separate nothing. */
  #until: "]]" | ")" | undefined;
  #waiting: Waiting[] = [];

  constructor(script: string) {
    this.#script = script;
  }

  read(): ScriptCommand[] {
    for (let at = 0; at < this.#script.length;) {
      // One object for all scripts: its position is set before each use.
      anyPiece.lastIndex = at;
      const [text = this.#script.charAt(at), ...groups] = anyPiece.exec(this.#script) ?? [];
      const [kind] = pieces[groups.findIndex((group) => group !== undefined)] ?? ["text"];
      at += this.#take(kind, text, at);
    }
    this.#endCommand(false);
    return this.#commands;
  }

  /** Takes a piece; gives how many characters were used. */
  #take(kind: PieceKind, text: string, at: number): number {
    const line = this.#line;
    this.#line += count(text, "\n");
    if (kind === "space") this.#endWord();
    else if (kind === "newline") return this.#newline(at);
    else if (kind === "comment") return this.#comment(text);
    else if (kind === "document") this.#document(text);
    else if (kind === "single" || kind === "double") this.#quoted(text, line, kind === "double");
    else if (kind === "open") this.#endCommand(false);
    else if (kind === "redirect") this.#redirect(text);
    else if (kind === "operator") this.#operator(text);
    else this.#append(text, line);
    return text.length;
  }

  #append(text: string, line = this.#line): void {
    this.#word ??= { text: "", line, quotes: [] };
    this.#word.text += text;
  }

  #quoted(piece: string, line: number, expands: boolean): void {
    const mark = expands ? '"' : "'";
    const start = piece.indexOf(mark) + 1;
    const text = piece.slice(start, piece.length > start && piece.endsWith(mark) ? -1 : undefined);
    this.#append(text, line);
    this.#word?.quotes.push({ text, line, expands });
  }

  /** A `#` within a word begins no comment. */
  #comment(text: string): number {
    if (this.#word === undefined) return text.length;
    this.#append("#");
    return 1;
  }

  #redirect(text: string): void {
    this.#endWord();
    if (this.#until !== undefined) return;
    this.#append(text.includes(">") ? ">" : "<");
    this.#endWord();
  }

  #operator(text: string): void {
    if (text === "(" && this.#word?.text.endsWith("=") === true) {
      this.#beginArray(this.#word);
      return;
    }
    this.#endWord();
    if (this.#until === undefined) this.#endCommand(text.startsWith("|") && text !== "||");
    else if (text === this.#until) this.#until = undefined;
  }

  /** A command of its own: what stands before it says nothing about its values. */
  #beginArray(assigned: Word): void {
    this.#word = undefined;
    this.#endCommand(false);
    this.#word = assigned;
    this.#endWord();
    this.#until = ")";
  }

  #document(text: string): void {
    this.#endWord();
    this.#waiting.push({ word: text.replaceAll(/[^\w]/g, ""), into: this.#documents });
  }

  #newline(at: number): number {
    if (this.#until === ")") this.#endWord();
    else this.#endCommand(false);
    const waiting = this.#waiting;
    this.#waiting = [];
    let next = at + 1;
    for (const { word, into } of waiting) next = this.#readDocument(next, word, into);
    return next - at;
  }

  #readDocument(from: number, word: string, into: Quote[]): number {
    const first = this.#line;
    let next = from;
    while (next < this.#script.length) {
      const end = this.#script.indexOf("\n", next);
      const line = this.#script.slice(next, end < 0 ? undefined : end);
      const stop = line.trim() === word;
      if (stop) break;
      next = end < 0 ? this.#script.length : end + 1;
      this.#line += end < 0 ? 0 : 1;
    }
    into.push({ text: this.#script.slice(from, next), line: first, expands: true });
    return this.#skipLine(next);
  }

  /** Behind the line that ends a here-document. */
  #skipLine(from: number): number {
    const end = this.#script.indexOf("\n", from);
    if (end < 0) return this.#script.length;
    this.#line += 1;
    return end + 1;
  }

  #endWord(): void {
    const word = this.#word;
    if (word === undefined) return;
    this.#word = undefined;
    const assigned = this.#until === ")" ? this.#words.at(-1) : undefined;
    if (assigned !== undefined) {
      // The values of `name=( … )` are one word with it.
      assigned.text += ` ${word.text}`;
      assigned.quotes.push(...word.quotes);
      return;
    }
    this.#words.push(word);
    if (word.text === "[[" && this.#words.length <= 3) this.#until = "]]";
    else if (word.text === this.#until) this.#until = undefined;
  }

  #endCommand(pipesOn: boolean): void {
    this.#endWord();
    this.#until = undefined;
    if (this.#words.length + this.#waiting.length > 0) {
      this.#commands.push({ words: this.#words, piped: this.#piped, documents: this.#documents });
    }
    // A pipe goes on behind a line break and into a group.
    this.#piped = pipesOn || (this.#piped && this.#words.length === 0);
    this.#words = [];
    this.#documents = [];
  }
}

/** Each `${{ }}` becomes one character of a word; its line breaks are kept as those of a continued line. */
function maskExpressions(script: string): string {
  let masked = "";
  let from = 0;
  for (;;) {
    const start = script.indexOf("${{", from);
    const end = start < 0 ? -1 : endOfExpression(script, start + 3);
    if (end < 0) return masked + script.slice(from);
    masked += script.slice(from, start) + expressionMark + "\\\n".repeat(count(script.slice(start, end), "\n"));
    from = end;
  }
}

function endOfExpression(script: string, from: number): number {
  let quoted = false;
  for (let at = from; at < script.length; at++) {
    if (script[at] === "'") quoted = !quoted;
    if (!quoted && script.startsWith("}}", at)) return at + 2;
  }
  return -1;
}

function count(text: string, character: string): number {
  return text.split(character).length - 1;
}
