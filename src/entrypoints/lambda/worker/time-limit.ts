export type TimeLimit = {
  /** Resolves when the time is over, and never after `clear`. */
  readonly over: Promise<undefined>;
  readonly isOver: () => boolean;
  clear(): void;
};

/** A limit from now on; what is not positive is over at once. */
export function timeLimit(ms: number): TimeLimit {
  let isOver = false;
  let timer: NodeJS.Timeout | undefined;
  const over = new Promise<undefined>((resolve) => {
    timer = setTimeout(
      () => {
        isOver = true;
        resolve(undefined);
      },
      Math.max(0, ms),
    );
  });
  return { over, isOver: () => isOver, clear: () => clearTimeout(timer) };
}
