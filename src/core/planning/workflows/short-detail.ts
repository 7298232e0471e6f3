const longest = 70;

/** What a file says, for a sentence: on one line, short, without what would end a piece of code in Markdown. */
export function shortDetail(text: string): string {
  // cut before it is cleaned, so that a huge text costs nothing; a cut may part a character in two
  const flat = text
    .slice(0, 4 * longest)
    .replaceAll(/[\s\p{Cc}\u2028\u2029]+/gu, " ")
    .replaceAll("`", "'")
    .trim();
  const isCut = flat.length > longest || text.length > 4 * longest;
  return isCut ? `${flat.slice(0, longest).trimEnd().toWellFormed()}…` : flat;
}
