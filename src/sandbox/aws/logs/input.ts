import { AwsError } from "../aws-error.ts";
import { textMember, type JsonInput } from "../json-input.ts";

export function invalid(message: string): AwsError {
  return new AwsError(400, "InvalidParameterException", message);
}

/** A text member of the request that must be there. */
export function text(input: JsonInput, name: string): string {
  const value = optionalText(input, name);
  if (value === undefined || value === "") throw invalid(`${name} must not be empty`);
  return value;
}

/** A text member that may be missing. */
export function optionalText(input: JsonInput, name: string): string | undefined {
  return textMember(input, name, invalid);
}

/** A whole number between `least` and `most`, `usual` when it is not there. */
export function number(input: JsonInput, name: string, usual: number, least: number, most: number): number {
  const value = input[name] ?? usual;
  if (typeof value !== "number" || !Number.isSafeInteger(value)) {
    throw invalid(`${name} must be a whole number`);
  }
  if (value < least || value > most) throw invalid(`${name} must be between ${least} and ${most}`);
  return value;
}

/** One page of `items` and the token of the next; tokens are opaque to callers. */
export function page<Item>(
  items: readonly Item[],
  limit: number,
  token: string | undefined,
): { items: Item[]; nextToken?: string } {
  const start = token === undefined ? 0 : Number(/^page\/(\d+)$/.exec(token)?.[1] ?? Number.NaN);
  if (Number.isNaN(start)) throw invalid("The specified nextToken is invalid.");
  const end = start + limit;
  return { items: items.slice(start, end), ...(end < items.length ? { nextToken: `page/${end}` } : {}) };
}
