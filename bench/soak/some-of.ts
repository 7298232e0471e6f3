/**
 * Says of each of `all` things that come by, one after the other, whether it is among the `some` chosen ones: exactly
 * so many, each choice as likely as any other (selection sampling, Knuth 3.4.2 S). `pick` is an index below `count`.
 */
export function someOf(some: number, all: number, pick: (count: number) => number): () => boolean {
  let wanted = some;
  let left = all;
  return () => {
    if (left <= 0) return false;
    const chosen = pick(left) < wanted;
    left -= 1;
    if (chosen) wanted -= 1;
    return chosen;
  };
}
