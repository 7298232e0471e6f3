/** GitHub's documented limits of one installation (https://docs.github.com/rest/using-the-rest-api/rate-limits-for-the-rest-api). */
export const documented = {
  corePerHour: 5000,
  jitPerHour: 10_000,
  pointsPerMinute: 900,
  contentPerMinute: 80,
  contentPerHour: 500,
  concurrent: 100,
} as const;

export type Request = {
  readonly operation: string;
  readonly bucket: "core" | "jit" | "app";
  /** 1 for reads, 5 for writes. */
  readonly points: number;
  readonly content: boolean;
};

/** A sum over the last so many milliseconds. */
class Window {
  private readonly entries: { atMs: number; amount: number }[] = [];
  private from = 0;
  private sum = 0;
  private readonly lengthMs: number;
  constructor(lengthMs: number) {
    this.lengthMs = lengthMs;
  }

  add(nowMs: number, amount: number): number {
    for (let first = this.entries[this.from]; first !== undefined && first.atMs <= nowMs - this.lengthMs;) {
      this.sum -= first.amount;
      this.from += 1;
      first = this.entries[this.from];
    }
    this.entries.push({ atMs: nowMs, amount });
    this.sum += amount;
    return this.sum;
  }
}

/** Counts the requests of one installation; resolves with the documented limit that this one breaks. */
export class Counters {
  private readonly windows = new Map<string, Window>();

  count(request: Request, nowMs: number, mostMs: number): string | undefined {
    const { operation, bucket, points, content } = request;
    const broken: string[] = [];
    const hold = (name: string, lengthMs: number, amount: number, limit: number): void => {
      const window = this.windows.get(name) ?? new Window(lengthMs);
      this.windows.set(name, window);
      if (window.add(nowMs, amount) > limit) broken.push(name);
    };
    if (bucket !== "app")
      hold(`${bucket} per hour`, 3_600_000, 1, bucket === "jit" ? documented.jitPerHour : documented.corePerHour);
    hold(`points per minute of ${operation}`, 60_000, points, documented.pointsPerMinute);
    hold("concurrent", mostMs, 1, documented.concurrent);
    if (content) {
      hold("content per minute", 60_000, 1, documented.contentPerMinute);
      hold("content per hour", 3_600_000, 1, documented.contentPerHour);
    }
    return broken[0];
  }
}
