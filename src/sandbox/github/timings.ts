/** How long the fake GitHub waits, in milliseconds. The sandbox's are short, GitHub's own are the defaults. */
export type Timings = {
  /** A webhook that is not answered for so long has failed. */
  readonly deliveryTimeoutMs: number;
  /** A delivery struck by the fault `late` leaves so much later. */
  readonly lateDeliveryMs: number;
  /** A runner that is connected without a job for so long is removed. */
  readonly idleRunnerRemovalMs: number;
  /** A runner that is not connected for so long is removed. */
  readonly offlineRunnerRemovalMs: number;
  /** A connected runner that is not heard of for so long counts as offline. */
  readonly silentRunnerMs: number;
  /** A job that was handed out and not started goes back to the queue after so long. */
  readonly pickUpMs: number;
  /** A self-hosted job that no runner has taken for so long is cancelled. */
  readonly queueLimitMs: number;
  /** A job whose runner does not renew its lock for so long has failed. */
  readonly jobLockMs: number;
  /** How long a job on GitHub's own runners takes, from its queueing to its end. */
  readonly hostedJobMs: number;
  /** When a caller may try again after a fault that looks like a rate limit. Whole seconds. */
  readonly rateLimitFaultMs: number;
};

/** GitHub's own, as far as they are known (docs and measurements of 2026). */
export const GITHUB_TIMINGS: Timings = {
  deliveryTimeoutMs: 10_000,
  lateDeliveryMs: 5_000,
  idleRunnerRemovalMs: 300_000,
  offlineRunnerRemovalMs: 86_400_000,
  silentRunnerMs: 60_000,
  pickUpMs: 60_000,
  queueLimitMs: 86_400_000,
  jobLockMs: 600_000,
  hostedJobMs: 400,
  rateLimitFaultMs: 3_000,
};
