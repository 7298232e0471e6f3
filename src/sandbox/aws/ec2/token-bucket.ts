/** As EC2 throttles an account: `burst` tokens at most, refilled all the time (https://docs.aws.amazon.com/ec2/latest/devguide/ec2-api-throttling.html). */
export type BucketRate = { readonly burst: number; readonly perSecond: number };

export type TokenBucket = {
  /** False, and nothing taken, when there are fewer. */
  take(count?: number): boolean;
};

/** A full bucket; `nowMs` tells the time. */
export function tokenBucket({ burst, perSecond }: BucketRate, nowMs = (): number => performance.now()): TokenBucket {
  let tokens = burst;
  let filledAtMs = nowMs();
  return {
    take(count = 1) {
      const atMs = nowMs();
      tokens = Math.min(burst, tokens + ((atMs - filledAtMs) / 1000) * perSecond);
      filledAtMs = atMs;
      if (tokens < count) return false;
      tokens -= count;
      return true;
    },
  };
}
