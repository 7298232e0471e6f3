import { describe, expect, test } from "@jest/globals";
import type { WorkQueue } from "../../src/adapters/queue/work-queue.ts";
import type { Clock, QueueEntry } from "../../src/core/ports.ts";
import { done } from "../../src/core/core.ts";
import { virtualClock } from "../helpers/virtual-clock.ts";
import type { VirtualClock } from "../helpers/virtual-clock.ts";

export type QueueOptions = { readonly visibilitySeconds: number };

function wake(jobId: number, delaySeconds?: number): QueueEntry {
  return { message: { kind: "wake", jobId }, group: "71", delaySeconds };
}

/** What every work queue keeps: at least once, delays up to 900 s, a verdict settles one message and no other. */
export function queueContract(
  name: string,
  makeQueue: (clock: Clock, options: QueueOptions) => Promise<WorkQueue>,
): void {
  const make = async (): Promise<{ clock: VirtualClock; queue: WorkQueue }> => {
    const clock = virtualClock();
    return { clock, queue: await makeQueue(clock, { visibilitySeconds: 30 }) };
  };

  describe(`queue contract: ${name}`, () => {
    test("a message is delivered, then gone when it is done", async () => {
      const { clock, queue } = await make();
      await queue.send([wake(1), wake(2)]);
      const received = await queue.receive(10);
      expect(received.map(({ message, receives }) => ({ message, receives }))).toEqual([
        { message: { kind: "wake", jobId: 1 }, receives: 1 },
        { message: { kind: "wake", jobId: 2 }, receives: 1 },
      ]);
      expect(await queue.receive(10)).toEqual([]);
      for (const one of received) await queue.settle(one, done);
      clock.advance(1000);
      expect(await queue.receive(10)).toEqual([]);
      expect(await queue.size()).toBe(0);
    });

    test("a message whose worker died comes back after the visibility timeout, with its count", async () => {
      const { clock, queue } = await make();
      await queue.send([wake(1)]);
      await queue.receive(10);
      clock.advance(29);
      expect(await queue.receive(10)).toEqual([]);
      clock.advance(2);
      expect((await queue.receive(10)).map((one) => one.receives)).toEqual([2]);
    });

    test("a worker that was believed dead can end its message, but not take it from the one that has it now", async () => {
      const { clock, queue } = await make();
      await queue.send([wake(1)]);
      const [first] = await queue.receive(1);
      clock.advance(31);
      const [second] = await queue.receive(1);
      if (first === undefined || second === undefined) throw new Error("it came twice");
      await queue.settle(first, { outcome: "again", afterSeconds: 0, reason: "late" });
      await queue.settle(first, { outcome: "dead-letter", reason: "late" });
      expect(await queue.receive(1)).toEqual([]);
      expect([await queue.size(), await queue.deadLetters()]).toEqual([1, []]);
      await queue.settle(first, done);
      await queue.settle(second, { outcome: "again", afterSeconds: 0, reason: "too late" });
      expect([await queue.size(), await queue.receive(1)]).toEqual([0, []]);
    });

    test("a message that is given back for longer than 900 s comes after 900 s", async () => {
      const { clock, queue } = await make();
      await queue.send([wake(1)]);
      const [one] = await queue.receive(1);
      if (one === undefined) throw new Error("one was sent");
      await queue.settle(one, { outcome: "again", afterSeconds: 5000, reason: "test" });
      clock.advance(899);
      expect(await queue.receive(1)).toEqual([]);
      clock.advance(1);
      expect(await queue.receive(1)).toHaveLength(1);
    });

    test("all messages of one call are kept or none", async () => {
      const { queue } = await make();
      await expect(queue.send([wake(1), wake(2, -1)])).rejects.toThrow();
      expect(await queue.size()).toBe(0);
    });

    test("only the message that failed returns, after its delay", async () => {
      const { clock, queue } = await make();
      await queue.send([wake(1), wake(2), wake(3)]);
      const [first, second, third] = await queue.receive(3);
      if (first === undefined || second === undefined || third === undefined) throw new Error("three were sent");
      await queue.settle(first, done);
      await queue.settle(second, { outcome: "again", afterSeconds: 5, reason: "test" });
      await queue.settle(third, { outcome: "dead-letter", reason: "because" });
      expect(await queue.receive(10)).toEqual([]);
      clock.advance(6);
      const back = await queue.receive(10);
      expect(back.map(({ message, receives }) => ({ message, receives }))).toEqual([
        { message: { kind: "wake", jobId: 2 }, receives: 2 },
      ]);
      expect(await queue.deadLetters()).toEqual([{ message: { kind: "wake", jobId: 3 }, reason: "because" }]);
    });

    test("a delayed message is not due before its time; more than 900 s is refused", async () => {
      const { clock, queue } = await make();
      await queue.send([wake(1, 60)]);
      expect(await queue.receive(1)).toEqual([]);
      clock.advance(61);
      expect(await queue.receive(1)).toHaveLength(1);
      await expect(queue.send([wake(2, 901)])).rejects.toThrow();
    });

    test("a worker gets no more than it asked for, and two workers never the same at once", async () => {
      const { queue } = await make();
      await queue.send(Array.from({ length: 9 }, (_, index) => wake(index)));
      const [left, right] = await Promise.all([queue.receive(4), queue.receive(4)]);
      const ids = [...(left ?? []), ...(right ?? [])].map((one) => one.id);
      expect(left?.length).toBeLessThanOrEqual(4);
      expect(new Set(ids).size).toBe(ids.length);
    });
  });
}
