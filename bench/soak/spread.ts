export type Spread = Readonly<Record<"half" | "p90" | "p99" | "last", number>>;

/** Percentiles of measured times, by nearest rank, rounded to a tenth; zeros when nothing was measured. */
export function spread(values: readonly number[]): Spread {
  const sorted = values.toSorted((left, right) => left - right);
  const at = (part: number): number =>
    Math.round((sorted[Math.max(0, Math.ceil(sorted.length * part) - 1)] ?? 0) * 10) / 10;
  return { half: at(0.5), p90: at(0.9), p99: at(0.99), last: at(1) };
}
