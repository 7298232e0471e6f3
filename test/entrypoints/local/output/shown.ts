import { stripVTControlCharacters } from "node:util";
import { payloads, hiddenIn } from "../../../fixtures/hostile/payloads.ts";

/** Rows for `test.each`: a short name and the text, of everything that the corpus has. */
export const hostileRows: (readonly [name: string, text: string])[] = payloads().map(
  ({ kind, text }) => [`${kind} ${JSON.stringify(text).slice(0, 60)}`, text] as const,
);

/** How many escape sequences stand in it: whether there are any of our own depends on where the tests run. */
export function escapesIn(text: string): number {
  return text.split("\u001b").length - 1;
}

/** What is hidden in the lines of a text besides our own escape sequences. */
export function hiddenInLines(text: string): string[] {
  return stripVTControlCharacters(text).split("\n").flatMap(hiddenIn);
}
