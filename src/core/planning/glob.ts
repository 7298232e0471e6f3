/**
 * True when the whole text is what the glob says: `?` is one character, `*` any number of them, none too. With a
 * separator (`/` for branches and repositories) neither goes across it, and `**` does, as in GitHub's filters of
 * branches (https://docs.github.com/en/actions/reference/workflows-and-actions/workflow-syntax#filter-pattern-cheat-sheet,
 * of which only these two are had: their `?`, `+`, `[]` and `!` are another language). Upper and lower case differ.
 *
 * Takes text × glob steps at most, whoever wrote them.
 */
export function matchesGlob(text: string, glob: string, separator?: "/"): boolean {
  const parts = glob.match(/\*+|[^*]/gsu) ?? [];
  // reached[i]: the text read so far is what the first i parts say
  let reached = startOf(parts);
  for (const character of text) {
    const next = parts.map((part, index) => {
      const stays = isStar(part) && reached[index + 1] === true;
      return (stays || reached[index] === true) && accepts(part, character, separator);
    });
    reached = withEmptyStars(parts, [false, ...next]);
  }
  return reached[parts.length] === true;
}

function isStar(part: string): boolean {
  return part.startsWith("*");
}

function accepts(part: string, character: string, separator: string | undefined): boolean {
  if (part.length > 1 && isStar(part)) return true;
  return part === "*" || part === "?" ? character !== separator : part === character;
}

function startOf(parts: readonly string[]): readonly boolean[] {
  return withEmptyStars(parts, [true, ...parts.map(() => false)]);
}

/** A star may stand for nothing: what is reached before it is reached behind it too. */
function withEmptyStars(parts: readonly string[], reached: boolean[]): readonly boolean[] {
  for (const [index, part] of parts.entries()) {
    if (isStar(part) && reached[index] === true) reached[index + 1] = true;
  }
  return reached;
}
