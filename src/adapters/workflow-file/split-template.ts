export type TemplatePart = { readonly expression: boolean; readonly text: string };

/**
 * Cuts a text at its `${{ }}` by GitHub's rule: an expression ends at the first `}}` that is outside of quotes.
 * Expressions come without their braces. Throws an Error when one is not closed.
 */
export function splitTemplate(text: string): TemplatePart[] {
  const parts: TemplatePart[] = [];
  let position = 0;
  for (;;) {
    const start = text.indexOf("${{", position);
    const literal = text.slice(position, start < 0 ? undefined : start);
    if (literal !== "") parts.push({ expression: false, text: literal });
    if (start < 0) return parts;
    const end = endOfExpression(text, start + 3);
    parts.push({ expression: true, text: text.slice(start + 3, end) });
    position = end + 2;
  }
}

function endOfExpression(text: string, start: number): number {
  let quoted = false;
  for (let index = start; index < text.length; index++) {
    if (text[index] === "'") quoted = !quoted;
    if (!quoted && text.startsWith("}}", index)) return index;
  }
  throw new Error(
    "The expression is not closed. An unescaped ${{ sequence was found, but the closing }} was not found.",
  );
}
