import { visibleText } from "../../check-run/visible-text.ts";
import { shorten } from "../runner-config/describe-value.ts";

/** A text of somebody else for a sentence: short, on one line, marked as what it is, with nothing hidden in it. */
export function shown(text: string): string {
  // cut before it is cleaned, so that a huge text costs nothing; a cut may part a character in two
  return `\`${shorten(visibleText(text.slice(0, 200)).replaceAll("`", "'")).toWellFormed()}\``;
}
