/** Edits after which two words are no longer taken for each other: one in short words, two in longer ones. */
function mostEdits(word: string): number {
  return word.length <= 4 ? 1 : 2;
}

/**
 * The candidate that was probably meant by `word`: the one with the fewest edits (a character more, less, another, or
 * two exchanged), regardless of case; the first of equals. Undefined when none is within `most` edits.
 */
export function nearest(word: string, candidates: Iterable<string>, most = mostEdits(word)): string | undefined {
  const lower = word.toLowerCase();
  let found: string | undefined;
  let fewest = most + 1;
  for (const candidate of candidates) {
    // The difference in length is the least number of edits; it keeps long words of strangers cheap.
    if (Math.abs(candidate.length - word.length) >= fewest) continue;
    const count = edits(lower, candidate.toLowerCase());
    if (count >= fewest) continue;
    found = candidate;
    fewest = count;
  }
  return found;
}

/** Edit distance with exchanges of neighbours (optimal string alignment), row by row. */
function edits(left: string, right: string): number {
  let before: number[] = [];
  let last = Array.from({ length: right.length + 1 }, (_, index) => index);
  for (let row = 1; row <= left.length; row += 1) {
    const current = [row];
    for (let column = 1; column <= right.length; column += 1) {
      const same = left[row - 1] === right[column - 1];
      const changed = (last[column - 1] ?? 0) + (same ? 0 : 1);
      let least = Math.min(changed, (last[column] ?? 0) + 1, (current[column - 1] ?? 0) + 1);
      const exchanged = left[row - 1] === right[column - 2] && left[row - 2] === right[column - 1];
      if (row > 1 && column > 1 && exchanged) least = Math.min(least, (before[column - 2] ?? 0) + 1);
      current.push(least);
    }
    before = last;
    last = current;
  }
  return last[right.length] ?? 0;
}
