import { parseDocument } from "yaml";
import { loadParser } from "./load-parser.ts";
import type { WorkflowParser } from "./load-parser.ts";

export type DocumentError = { readonly message: string; readonly line: number; readonly column: number };

export type WorkflowDocument = {
  /** What GitHub's parser and converter object to; with any of them GitHub would not run the file. */
  readonly errors: readonly DocumentError[];
  /** The file as plain values; strings keep their `${{ }}`. Undefined when it is no mapping. */
  readonly plain: Readonly<Record<string, unknown>> | undefined;
  /** Job key → line (1-based) of that key, in the order of the file. */
  readonly jobLines: ReadonlyMap<string, number>;
};

/** Larger files are refused: nobody writes them, and parsing is done on texts of strangers. */
const MAX_LENGTH = 1_048_576;
/** How often nested aliases may repeat their anchors, so that a small text cannot unfold into a huge one. */
const MAX_ALIASES = 1000;
/** One slip may give hundreds; the first ones tell what is wrong. */
const MAX_ERRORS = 20;
/** `ErrorPolicy.TryConversion`; the parser's index does not export the enum. */
const TRY_CONVERSION = 1;

/** Reads a workflow file by GitHub's own parser. Never rejects: whatever is wrong with the text is in `errors`. */
export async function readDocument(path: string, text: string): Promise<WorkflowDocument> {
  try {
    const { plain, errors } = readPlain(text);
    if (errors.length > 0) return { errors, plain: undefined, jobLines: new Map() };
    return await readTokens(await loadParser(), path, text, plain);
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    return { errors: [{ message, line: 1, column: 1 }], plain: undefined, jobLines: new Map() };
  }
}

/** The parser turns `a ${{ b }}` into a call of `format`, hence the text itself comes from the YAML library below it. */
function readPlain(text: string): Pick<WorkflowDocument, "plain" | "errors"> {
  if (text.length > MAX_LENGTH) throw new Error(`The file is longer than ${String(MAX_LENGTH)} characters`);
  const document = parseDocument(text, { uniqueKeys: false, logLevel: "silent" });
  const errors = document.errors.slice(0, MAX_ERRORS).map(({ message, linePos }) => ({
    message: message.split(" at line ")[0] ?? message,
    line: linePos?.[0].line ?? 1,
    column: linePos?.[0].col ?? 1,
  }));
  if (errors.length > 0) return { errors, plain: undefined };
  const plain: unknown = document.toJS({ maxAliasCount: MAX_ALIASES });
  return { errors, plain: isRecord(plain) ? plain : undefined };
}

async function readTokens(
  parser: WorkflowParser,
  path: string,
  text: string,
  plain: Record<string, unknown> | undefined,
): Promise<WorkflowDocument> {
  const { context, value } = parser.parseWorkflow({ name: path, content: text }, new parser.NoOperationTraceWriter());
  const jobLines = new Map<string, number>();
  if (value !== undefined) {
    await parser.convertWorkflowTemplate(context, value, undefined, { errorPolicy: TRY_CONVERSION });
    const jobs = parser.isMapping(value) ? value.find("jobs") : undefined;
    if (jobs !== undefined && parser.isMapping(jobs)) {
      for (const { key } of jobs) jobLines.set(key.toString(), key.range?.start.line ?? 1);
    }
  }
  const errors = context.errors
    .getErrors()
    .slice(0, MAX_ERRORS)
    .map((error) => ({
      message: error.rawMessage,
      line: error.range?.start.line ?? 1,
      column: error.range?.start.column ?? 1,
    }));
  if (value === undefined && errors.length === 0) errors.push({ message: "The file is empty", line: 1, column: 1 });
  return { errors, plain, jobLines };
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
