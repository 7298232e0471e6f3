/** After so many ended jobs the server is killed: spread over the whole, never the same place in two seeds. */
export function killPoints(jobs: number, kills: number, pick: (count: number) => number): number[] {
  const stretch = jobs / (kills + 1);
  return Array.from({ length: kills }, (_, index) => {
    const wobble = pick(Math.max(1, Math.floor(stretch / 2))) - Math.floor(stretch / 4);
    return Math.max(1, Math.round(stretch * (index + 1)) + wobble);
  });
}
