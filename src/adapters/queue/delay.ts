/** SQS accepts no longer delay; neither does any other queue here, so that nothing comes to depend on one. */
const longestDelaySeconds = 900;

/** When a message is due that is sent now with this delay; throws a RangeError outside 0 to 900 s. */
export function delayed(nowMs: number, delaySeconds: number): number {
  if (!(delaySeconds >= 0 && delaySeconds <= longestDelaySeconds)) {
    throw new RangeError(`delay of ${delaySeconds} s: 0 to ${longestDelaySeconds} are possible`);
  }
  return nowMs + delaySeconds * 1000;
}

/** When a message is due again that a verdict gave back: the next possible time to what it asked for. */
export function dueAgain(nowMs: number, afterSeconds: number): number {
  return nowMs + Math.min(longestDelaySeconds, Math.max(0, afterSeconds)) * 1000;
}
