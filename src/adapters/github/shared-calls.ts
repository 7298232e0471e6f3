/** Begins a call, unless one of the same key is under way already: then its answer is for both. */
export type SharedCalls = <Result>(key: readonly unknown[], begin: () => Promise<Result>) => Promise<Result>;

/**
 * Calls that many make at the same moment, for example the jobs of one run that are queued together. Answers are not
 * kept, failures neither. The same key must always mean the same call.
 */
export function sharedCalls(): SharedCalls {
  const underWay = new Map<string, Promise<unknown>>();
  return async <Result>(parts: readonly unknown[], begin: () => Promise<Result>) => {
    const key = JSON.stringify(parts);
    const shared = underWay.get(key) ?? begin().finally(() => underWay.delete(key));
    underWay.set(key, shared);
    return (await shared) as Result;
  };
}
