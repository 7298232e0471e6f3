import { PerformanceObserver } from "node:perf_hooks";

export type AnswerTimes = {
  /** Milliseconds from the sending of a request to the last byte of its answer; of those that were answered. */
  readonly ms: readonly number[];
};

/** What the typings leave out: 0 when there was no answer. */
type ResourceTiming = { readonly name: string; readonly duration: number; readonly responseStatus: number };

/** Takes the time of every `fetch` of this process to `url` (Resource Timing, as Node's fetch records it). */
export function answerTimes(url: string): AnswerTimes {
  const ms: number[] = [];
  new PerformanceObserver((list) => {
    for (const { name, duration, responseStatus } of list.getEntries() as unknown as ResourceTiming[]) {
      if (name === url && responseStatus > 0) ms.push(duration);
    }
    performance.clearResourceTimings();
  }).observe({ type: "resource" });
  return { ms };
}
