import type { Message, Queue, Verdict } from "../../core/ports.ts";

/** A message in a worker's hands; it comes back by itself when the worker does not settle it in time. */
export type Received = { readonly id: string; readonly message: Message; readonly receives: number };

/** `message`: undefined when what was sent is no message at all. */
export type DeadLetter = { readonly message: Message | undefined; readonly reason: string };

/** Both ends of a work queue that this process reads itself. On AWS the event source mapping is the reading end. */
export type WorkQueue = Queue & {
  /** At most `limit` messages that are due; they are invisible to others for the visibility timeout. */
  receive(limit: number): Promise<Received[]>;
  /** Does with a received message what the core's verdict says. */
  settle(received: Received, verdict: Verdict): Promise<void>;
  deadLetters(): Promise<DeadLetter[]>;
  /** Messages that are waiting, delayed or in a worker's hands. */
  size(): Promise<number>;
};
