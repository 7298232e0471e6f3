/** The same handler, which writes what was measured before it answers: afterwards Lambda may stop everything. */
export function measuredHandler<Args extends readonly unknown[], Result>(
  metrics: { flush(): void },
  handle: (...args: Args) => Promise<Result>,
): (...args: Args) => Promise<Result> {
  return async (...args) => {
    try {
      return await handle(...args);
    } finally {
      metrics.flush();
    }
  };
}
