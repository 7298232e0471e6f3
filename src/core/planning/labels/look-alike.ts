/**
 * Letters of other scripts that look like Latin ones, by the Latin one: those of Unicode's confusables.txt
 * (https://www.unicode.org/Public/security/latest/confusables.txt) that keyboards and copied texts really bring.
 * Full-width and styled letters need no entry, they are decomposed.
 */
const lookAlikes: Readonly<Record<string, string>> = {
  a: "\u0430\u03b1\u0251",
  b: "\u044c\u0184",
  c: "\u0441\u03f2",
  d: "\u0501",
  e: "\u0435\u0454",
  g: "\u0261\u0581",
  h: "\u04bb\u0570",
  i: "\u0456\u03b9\u0131\u04cf",
  j: "\u0458\u03f3",
  k: "\u043a\u03ba",
  l: "\u04cf\u01c0\u05d5",
  m: "\u043c",
  n: "\u0578\u043f",
  o: "\u043e\u03bf\u0585",
  p: "\u0440\u03c1",
  q: "\u051b",
  r: "\u0433",
  s: "\u0455",
  t: "\u0442\u03c4",
  u: "\u03c5\u057d",
  v: "\u03bd\u0475",
  w: "\u051d\u0461",
  x: "\u0445\u03c7",
  y: "\u0443\u03b3\u04af",
  "-": "\u00ad\u2010\u2011\u2012\u2013\u2014\u2212",
  "/": "\u2044\u2215\u29f8",
};

const latin: ReadonlyMap<string, readonly string[]> = invert(lookAlikes);

function invert(table: Readonly<Record<string, string>>): Map<string, string[]> {
  const inverted = new Map<string, string[]>();
  for (const [letter, others] of Object.entries(table)) {
    for (const other of others) inverted.set(other, [...(inverted.get(other) ?? []), letter]);
  }
  return inverted;
}

/** Shows nothing by itself: zero-width characters, soft hyphens; and accents, which combine with the letter before. */
const unseen = /[\p{Default_Ignorable_Code_Point}\p{M}]/gu;

/**
 * A text as the eye may read it where `word` is expected: letters of other scripts as the Latin ones that they look
 * like, what cannot be seen left out. `foreign` is the code point of the first such letter; undefined when there is
 * none. The text in lower case.
 */
export function asItLooks(
  text: string,
  word: string,
): { readonly plain: string; readonly foreign: number } | undefined {
  let plain = "";
  let foreign: number | undefined;
  for (const character of text) {
    const code = character.codePointAt(0) ?? 0;
    if (code > 0x7f) foreign ??= code;
    plain += code > 0x7f ? latinFor(character, word[plain.length]) : character;
  }
  return foreign === undefined ? undefined : { plain, foreign };
}

function latinFor(character: string, expected: string | undefined): string {
  const decomposed = character.normalize("NFKD").replaceAll(unseen, "").toLowerCase();
  const letters = latin.get(decomposed) ?? [decomposed];
  return letters.find((letter) => letter === expected) ?? letters[0] ?? "";
}
