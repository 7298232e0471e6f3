import { CallError } from "../../../src/core/errors/call-error.ts";
import { delayed, dueAgain } from "../../../src/adapters/queue/delay.ts";
import type { Message, Queue, QueueEntry, Verdict } from "../../../src/core/ports.ts";
import type { Work } from "./fact.ts";
import { callOut, invoke } from "./sim.ts";
import type { Invocation, Sim } from "./sim.ts";

type Held = { readonly message: Message; receives: number };

export type SimQueue = {
  queueOf(invocation: Invocation): Queue;
  /** A cloud puts something into the queue by itself: mostly, and some seconds later. */
  announce(message: Message): void;
  /** Messages that are waiting, delayed or in a worker's hands. */
  size(): number;
  deadLetters(): readonly { readonly message: Message; readonly reason: string }[];
};

const visibilitySeconds = 150;
const workerSeconds = 25;
/** Messages that are handled at a time: the event source's concurrency. */
const workers = 40;

/** SQS as it is: at least once, in no order, invisible for a while when received, back when its worker died. */
export function simQueue(
  sim: Sim,
  workOf: (message: Message) => Work,
  handle: (invocation: Invocation, message: Message, receives: number) => Promise<Verdict>,
  isDown: () => boolean,
): SimQueue {
  const { clock, random, faults } = sim;
  const dead: { message: Message; reason: string }[] = [];
  const waiting: (() => void)[] = [];
  let size = 0;
  let underWay = 0;

  const receive = (held: Held, copy: boolean): void => {
    if (underWay >= workers) {
      waiting.push(() => receive(held, copy));
      return;
    }
    if (isDown()) {
      clock.after(random.between(5000, 30_000), () => receive(held, copy));
      return;
    }
    held.receives += 1;
    const { message, receives } = held;
    const again = (seconds: number): void => {
      if (!copy) clock.at(dueAgain(clock.nowMs(), seconds) + random.between(5, 60), () => receive(held, false));
    };
    const work = workOf(message);
    underWay += 1;
    const free = (): void => {
      underWay -= 1;
      const next = waiting.shift();
      if (next !== undefined) clock.after(1, next);
    };
    invoke(sim, work, workerSeconds, (invocation) => handle(invocation, message, receives), {
      died() {
        free();
        again(visibilitySeconds);
      },
      done(verdict) {
        free();
        sim.tell({ kind: "verdict", message, outcome: verdict.outcome, receives });
        if (verdict.outcome === "again") {
          sim.tell({ kind: "text", where: "verdict", text: verdict.reason });
          again(verdict.afterSeconds);
          return;
        }
        if (copy) return;
        size -= 1;
        if (verdict.outcome !== "dead-letter") return;
        dead.push({ message, reason: verdict.reason });
        sim.tell({ kind: "dead-letter", message, reason: verdict.reason });
      },
    });
  };

  const keep = ({ message, delaySeconds = 0 }: QueueEntry): void => {
    const text = JSON.stringify(message);
    sim.tell({ kind: "text", where: "message", text });
    size += 1;
    const lateMs = faults.strikes("message-reordered") ? random.between(0, 20_000) : random.between(5, 80);
    const held: Held = { message: JSON.parse(text) as Message, receives: 0 };
    clock.at(delayed(clock.nowMs(), delaySeconds) + lateMs, () => receive(held, false));
    if (faults.strikes("message-duplicated")) {
      const twin: Held = { message: JSON.parse(text) as Message, receives: 0 };
      clock.at(delayed(clock.nowMs(), delaySeconds) + lateMs + random.between(0, 3000), () => receive(twin, true));
    }
  };

  return {
    size: () => size,
    deadLetters: () => dead,
    announce(message) {
      if (faults.strikes("announcement-lost")) return;
      clock.after(random.between(300, 8000), () => keep({ message, group: "cloud" }));
    },
    queueOf: (invocation) => ({
      send: (entries) =>
        callOut(sim, invocation, { low: 4, high: 20, reply: false }, () => {
          const fails = faults.strikes("queue-unavailable");
          // Of a batch that fails some messages may have been kept.
          const kept = fails ? entries.slice(0, random.below(entries.length + 1)) : entries;
          for (const entry of kept) keep(entry);
          if (!fails) return;
          sim.tell({ kind: "struck", fault: "queue-unavailable", pool: invocation.work.pool });
          throw new CallError({
            service: "queue",
            operation: "send",
            kind: "unavailable",
            message: "the queue does not answer",
          });
        }),
    }),
  };
}
