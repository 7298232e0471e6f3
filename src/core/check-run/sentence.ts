/** Words of somebody else with exactly one full stop at their end. */
export function sentence(words: string): string {
  return `${words.replace(/[.\s]+$/, "")}.`;
}
