import type { World } from "../world.ts";
import type { Answer } from "./answer.ts";
import { callerKey } from "./bucket.ts";
import type { Identity } from "./call.ts";
import { secondaryRefusal, TOO_MUCH } from "./secondary-limits.ts";

/** When GitHub cannot say when there will be room it names a minute. */
const UNKNOWN_WAIT_SECONDS = 60;

/** Requests that have arrived and are not answered yet, by caller. */
export type RequestsUnderWay = {
  /** Counts a request in; the answer is what GitHub says when there are too many. Every request must leave again. */
  enter(world: World, identity: Identity): { readonly refused: Answer | undefined; leave(): void };
};

/** Keeps the count for one server. */
export function requestsUnderWay(): RequestsUnderWay {
  const underWay = new Map<string, number>();
  return {
    enter(world, identity) {
      const key = callerKey(identity);
      const add = (change: number): number => {
        const count = (underWay.get(key) ?? 0) + change;
        underWay.set(key, count);
        return count;
      };
      const isOver = add(1) > world.limits.concurrentRequests && identity.kind === "token";
      return {
        refused: isOver ? secondaryRefusal(world, TOO_MUCH, UNKNOWN_WAIT_SECONDS) : undefined,
        leave: () => void add(-1),
      };
    },
  };
}
