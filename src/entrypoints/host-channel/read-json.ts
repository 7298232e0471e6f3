/**
 * The value of a JSON text in UTF-8; undefined when it is not exactly that (a byte order mark, bytes that are no
 * UTF-8, anything behind it), or when more than `mostDepth` objects and arrays stand in one another. Never throws.
 */
export function readJson(bytes: Uint8Array, mostDepth: number): { readonly value: unknown } | undefined {
  try {
    const text = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
    // before parsing, so that nobody makes the parser build what is thrown away
    return depthOf(text) > mostDepth ? undefined : { value: JSON.parse(text) as unknown };
  } catch {
    return undefined;
  }
}

/** How deep a JSON text goes, in one pass; of a text that is no JSON, any number. */
function depthOf(text: string): number {
  let [depth, deepest] = [0, 0];
  let quoted = false;
  for (let at = 0; at < text.length; at += 1) {
    const char = text[at];
    if (quoted && char === "\\") at += 1;
    else if (char === '"') quoted = !quoted;
    else if (!quoted && (char === "{" || char === "[")) deepest = Math.max(deepest, (depth += 1));
    else if (!quoted && (char === "}" || char === "]")) depth -= 1;
  }
  return deepest;
}
