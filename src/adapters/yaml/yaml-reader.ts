import { LineCounter, parseDocument } from "yaml";
import type { Document } from "yaml";
import type { Range, YamlDocument, YamlReader } from "../../core/ports.ts";
import { inspectNodes } from "./inspect-nodes.ts";
import type { Finding } from "./inspect-nodes.ts";
import { spanFinder } from "./span-finder.ts";
import type { Span } from "./span.ts";

/** How often an alias may repeat what stands behind its anchor, so that a small text cannot unfold into a huge one. */
const mostAliases = 100;
/** One slip may give hundreds of syntax errors; the first ones tell what is wrong. */
const mostSyntaxErrors = 20;

const start: Range = { line: 1, column: 1, endLine: 1, endColumn: 1 };

/**
 * Reads YAML 1.2 (core schema, with merge keys) by the `yaml` package. Never throws; what cannot be read gives a
 * problem and no value. Lines and columns are 1-based, columns count UTF-16 units as editors do.
 */
export function yamlReader(): YamlReader {
  return {
    read(text) {
      try {
        return readDocument(text.startsWith("\uFEFF") ? text.slice(1) : text);
      } catch (error) {
        // The library throws for too many aliases, and where a text exhausts the stack.
        return unreadable(error instanceof Error ? error.message : String(error));
      }
    },
  };
}

function readDocument(text: string): YamlDocument {
  // UTF-16 that was read as UTF-8 begins with two replacement characters or has a NUL after each letter.
  if (text.startsWith("\uFFFD") || text.includes("\0")) return unreadable("The file is not UTF-8 text");
  const document = parseDocument(text, {
    version: "1.2",
    merge: true,
    uniqueKeys: false,
    prettyErrors: false,
    logLevel: "error",
  });
  const rangeAt = rangeFinder(text);
  const syntax = syntaxFindings(document);
  const inspection = inspectNodes(document.contents);
  const findings = syntax.length > 0 ? syntax : inspection.findings;
  const readable = syntax.length === 0 && inspection.plain;
  const spanOf = spanFinder(document.contents, inspection.aliases);
  return {
    value: readable ? (document.toJS({ maxAliasCount: mostAliases }) ?? undefined) : undefined,
    problems: findings
      .toSorted((left, right) => left.span[0] - right.span[0])
      .map(({ span, message }) => ({ ...rangeAt(span), message })),
    rangeOf: (path, part) => rangeAt(spanOf(path, part) ?? spanOf([], "value") ?? [0, 0]),
  };
}

/** The library's parser misses line breaks within what it cannot read, so its counter is told of each. */
function rangeFinder(text: string): (span: Span) => Range {
  const lines = new LineCounter();
  lines.addNewLine(0);
  for (const { index } of text.matchAll(/\n/g)) lines.addNewLine(index + 1);
  return ([from, to]) => {
    // The library lets blocks reach to the next line's first word.
    const end = from + text.slice(from, to).trimEnd().length;
    const [first, last] = [lines.linePos(from), lines.linePos(end)];
    return { line: first.line, column: first.col, endLine: last.line, endColumn: last.col };
  };
}

function syntaxFindings(document: Document.Parsed): Finding[] {
  const { version, explicit } = document.directives.yaml;
  const directive =
    explicit === true && version !== "1.2"
      ? [{ span: [0, 0] as const, message: `YAML 1.2 is read here, not ${version}` }]
      : [];
  // An unknown tag is only a warning to the library, but its value would silently be another one.
  const found = [...document.errors, ...document.warnings].slice(0, mostSyntaxErrors).map(({ code, message, pos }) => ({
    span: pos,
    message: code === "MULTIPLE_DOCS" ? "The file must hold one document; a second one begins here" : message,
  }));
  return [...directive, ...found];
}

function unreadable(message: string): YamlDocument {
  return { value: undefined, problems: [{ ...start, message }], rangeOf: () => start };
}
