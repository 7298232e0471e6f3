/** Order of two versions MAJOR.MINOR.PATCH: negative, 0 or positive, as for sorting. */
export function compareVersions(left: string, right: string): number {
  const numbers = right.split(".").map(Number);
  const differences = left.split(".").map((part, index) => Number(part) - (numbers[index] ?? 0));
  return differences.find((difference) => difference !== 0) ?? 0;
}
