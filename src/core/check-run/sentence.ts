/** Words of somebody else with exactly one full stop at their end. */
export function sentence(words: string): string {
  let end = words.length;
  // character by character: a pattern for the end would try again from every full stop of a text that is full of them
  while (end > 0 && /[.\s]/.test(words[end - 1] ?? "")) end -= 1;
  return `${words.slice(0, end)}.`;
}
