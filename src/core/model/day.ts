/** One `day#2026-11-23`: what was spent on runners on a day (UTC). */
export type Day = {
  readonly schema: 1;
  readonly version: number;
  readonly key: string;
  readonly usd: number;
};

/** Key of the day of a time, UTC. */
export function dayKey(ms: number): string {
  return new Date(ms).toISOString().slice(0, 10);
}

/** When the next day begins, UTC, milliseconds since the epoch. */
export function nextDayMs(ms: number): number {
  const dayMs = 86_400_000;
  return (Math.floor(ms / dayMs) + 1) * dayMs;
}
