type Line = { inFlight: number; readonly waiting: (() => void)[] };

/** Does `work` as soon as fewer than the most allowed are under way for `key`; who came first goes first. */
export type InTurn = <Result>(key: string, work: () => Promise<Result>) => Promise<Result>;

/** At most `most` at a time for each key; a key that nobody uses any more is forgotten. */
export function inTurn(most: number): InTurn {
  const lines = new Map<string, Line>();
  return async (key, work) => {
    const line = lines.get(key) ?? { inFlight: 0, waiting: [] };
    lines.set(key, line);
    if (line.inFlight < most) line.inFlight += 1;
    else await new Promise<void>((resolve) => void line.waiting.push(resolve));
    try {
      return await work();
    } finally {
      const next = line.waiting.shift();
      if (next === undefined) line.inFlight -= 1;
      else next(); // the place goes to whoever is next, so that nobody slips in between
      if (line.inFlight === 0) lines.delete(key);
    }
  };
}
