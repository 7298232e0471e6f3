import { Evaluator, Lexer, Parser, data } from "@actions/expressions";
import { truthy } from "@actions/expressions/result";
import { splitTemplate } from "./split-template.ts";

/** Context name (`github`, `matrix`, …) → plain JSON. A name that is not here is an error of the expression. */
export type Contexts = Readonly<Record<string, unknown>>;

/** Functions beside GitHub's own (`contains startsWith endsWith format join toJSON fromJSON`), on plain values. */
export type Functions = Readonly<Record<string, (...values: unknown[]) => unknown>>;

/** How it stands where a condition is evaluated. `skipped` (a needed job was): only `always()` holds. */
export type ConditionStatus = "success" | "failure" | "cancelled" | "skipped";

type Expression = ReturnType<Parser["parse"]>;
type FunctionDefinition =
  NonNullable<ConstructorParameters<typeof Evaluator>[2]> extends Map<string, infer F> ? F : never;

const STATUS_FUNCTIONS = ["always", "success", "failure", "cancelled"];

/** `text` with each `${{ }}` replaced by its value. Throws an Error that names the expression when one is wrong. */
export function evaluateTemplate(text: string, contexts: Contexts, functions: Functions = {}): string {
  return splitTemplate(text)
    .map((part) => (part.expression ? evaluate(part.text, contexts, functions).coerceString() : part.text))
    .join("");
}

/** As `evaluateTemplate`, but a text that is one `${{ }}` as a whole gives its value with its type. */
export function evaluateValue(text: string, contexts: Contexts, functions: Functions = {}): unknown {
  const [part, ...others] = splitTemplate(text);
  if (part?.expression !== true || others.length > 0) return evaluateTemplate(text, contexts, functions);
  return toPlain(evaluate(part.text, contexts, functions));
}

/** Every text inside `value` by `evaluateValue`, keys of mappings by `evaluateTemplate`. */
export function evaluateDeep(value: unknown, contexts: Contexts, functions: Functions = {}): unknown {
  if (typeof value === "string") return evaluateValue(value, contexts, functions);
  if (Array.isArray(value)) return value.map((item) => evaluateDeep(item, contexts, functions));
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, item]) => [
      evaluateTemplate(key, contexts, functions),
      evaluateDeep(item, contexts, functions),
    ]),
  );
}

/**
 * An `if:`, with or without `${{ }}`. Without a status function in it, it holds only on success, as at GitHub; no
 * text at all means `success()`. Throws an Error when the expression is wrong.
 */
export function evaluateCondition(
  text: string | undefined,
  contexts: Contexts,
  status: ConditionStatus,
  functions: Functions = {},
): boolean {
  const expression = toExpression(text ?? "");
  const statusFunctions: Functions = {
    ...functions,
    always: () => true,
    success: () => status === "success",
    failure: () => status === "failure",
    cancelled: () => status === "cancelled",
  };
  const whole = expression === "" ? "success()" : expression;
  const asked = callsStatusFunction(whole) ? whole : `success() && (${whole})`;
  return truthy(evaluate(asked, contexts, statusFunctions));
}

/** One expression for the text of a condition: with text around a `${{ }}` GitHub makes it a call of `format`. */
function toExpression(text: string): string {
  const parts = splitTemplate(text.trim());
  const [first] = parts;
  if (first === undefined) return "";
  if (parts.length === 1) return first.text.trim();
  const format = parts
    .map((part, index) => (part.expression ? `{${String(index)}}` : escapeFormat(part.text)))
    .join("");
  const values = parts.map((part) => (part.expression ? part.text : "''"));
  return `format('${format}', ${values.join(", ")})`;
}

function escapeFormat(text: string): string {
  return text.replaceAll("'", "''").replaceAll("{", "{{").replaceAll("}", "}}");
}

function callsStatusFunction(expression: string): boolean {
  const { tokens } = new Lexer(expression).lex();
  return tokens.some(
    (token, index) => STATUS_FUNCTIONS.includes(token.lexeme.toLowerCase()) && tokens[index + 1]?.lexeme === "(",
  );
}

function evaluate(text: string, contexts: Contexts, functions: Functions): data.ExpressionData {
  try {
    const { tokens } = new Lexer(text).lex();
    const definitions = Object.entries(functions).map(([name, call]) => define(name, call));
    const tree: Expression = new Parser(tokens, Object.keys(contexts), definitions).parse();
    const named = new Set(tokens.map((token) => token.lexeme.toLowerCase()));
    const used = Object.entries(contexts).filter(([name]) => named.has(name.toLowerCase()));
    const dictionary = new data.Dictionary(...used.map(([key, value]) => ({ key, value: toData(value) })));
    return new Evaluator(tree, dictionary, new Map(definitions.map((item) => [item.name, item]))).evaluate();
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new Error(`The expression '${text.trim()}' is not valid. ${reason}`, { cause: error });
  }
}

function define(name: string, call: (...values: unknown[]) => unknown): FunctionDefinition {
  return {
    name: name.toLowerCase(),
    minArgs: 0,
    maxArgs: 255,
    call: (...values) => toData(call(...values.map((value) => toPlain(value)))),
  };
}

function toData(value: unknown): data.ExpressionData {
  return JSON.parse(JSON.stringify(value ?? null), data.reviver) as data.ExpressionData;
}

function toPlain(value: data.ExpressionData): unknown {
  return JSON.parse(JSON.stringify(value, data.replacer));
}
