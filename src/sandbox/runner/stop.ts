export type StopReason = "shutdown" | "cancel" | "timeout" | "lost";

/** One way to end a job early, whoever asks first. */
export type Stop = {
  readonly signal: AbortSignal;
  /** Only the first reason counts. */
  now(reason: StopReason): void;
  reason(): StopReason | undefined;
};

export function createStop(): Stop {
  const controller = new AbortController();
  let first: StopReason | undefined;
  return {
    signal: controller.signal,
    now(reason) {
      first ??= reason;
      controller.abort();
    },
    reason: () => first,
  };
}
