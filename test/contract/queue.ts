import { describe, expect, test } from "@jest/globals";
import type { Received, WorkQueue } from "../../src/adapters/queue/work-queue.ts";
import type { Clock, QueueEntry } from "../../src/core/ports.ts";
import { done } from "../../src/core/core.ts";
import { virtualClock } from "../helpers/virtual-clock.ts";
import type { VirtualClock } from "../helpers/virtual-clock.ts";

export type QueueOptions = { readonly visibilitySeconds: number };

function wake(jobId: number, delaySeconds?: number): QueueEntry {
  return { message: { kind: "wake", jobId }, group: "71", delaySeconds };
}

/** Receives until nothing is due any more. */
async function receiveAll(queue: WorkQueue): Promise<Received[]> {
  const all: Received[] = [];
  for (;;) {
    const some = await queue.receive(10);
    if (some.length === 0) return all;
    all.push(...some);
  }
}

function jobsOf(received: readonly Received[]): number[] {
  return received
    .map(({ message }) => (message.kind === "wake" ? message.jobId : -1))
    .toSorted((one, two) => one - two);
}

/** The one that wakes this job. */
function wakeOf(received: readonly Received[], jobId: number): Received {
  const one = received.find(({ message }) => message.kind === "wake" && message.jobId === jobId);
  if (one === undefined) throw new Error(`job ${jobId} was sent`);
  return one;
}

export type QueueTraits = {
  /** A worker that was believed dead can still end its message while another one has it. */
  readonly endsLate: boolean;
  /** Tests that what stands for the queue is known to fail, by their titles; each of them must. */
  readonly notKept?: readonly string[];
};

/**
 * What every work queue keeps: at least once, in no order, delays up to 900 s, a verdict settles one message and no
 * other. The queue's time is that of the clock that `makeQueue` gets.
 */
export function queueContract(
  name: string,
  makeQueue: (clock: Clock, options: QueueOptions) => Promise<WorkQueue>,
  { endsLate, notKept = [] }: QueueTraits = { endsLate: true },
): void {
  const keptTest = (title: string, run: () => Promise<void>): void => {
    if (notKept.includes(title)) test.failing(`not kept by this judge: ${title}`, run);
    else test(title, run);
  };
  const make = async (): Promise<{ clock: VirtualClock; queue: WorkQueue }> => {
    const clock = virtualClock();
    return { clock, queue: await makeQueue(clock, { visibilitySeconds: 30 }) };
  };

  describe(`queue contract: ${name}`, () => {
    test("a message is delivered, then gone when it is done", async () => {
      const { clock, queue } = await make();
      await queue.send([wake(1), wake(2)]);
      const received = await queue.receive(10);
      expect(jobsOf(received)).toEqual([1, 2]);
      expect(received.map(({ receives }) => receives)).toEqual([1, 1]);
      expect(new Set(received.map(({ id }) => id)).size).toBe(2);
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

    keptTest("a worker that was believed dead takes nothing from the one that has its message now", async () => {
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
      if (endsLate) expect(await queue.size()).toBe(0);
      await queue.settle(second, { outcome: "again", afterSeconds: 0, reason: "not late, if it is there still" });
      const third = await queue.receive(1);
      // where it may end late, it need not
      expect(endsLate ? [[]] : [[], [3]]).toContainEqual(third.map(({ receives }) => receives));
      for (const one of third) await queue.settle(one, done);
      clock.advance(31);
      expect([await queue.size(), await queue.receive(1)]).toEqual([0, []]);
    });

    keptTest("what is settled twice stays settled", async () => {
      const { clock, queue } = await make();
      await queue.send([wake(1), wake(2), wake(3)]);
      const received = await queue.receive(3);
      for (const jobId of [1, 2, 3]) await queue.settle(wakeOf(received, jobId), done);
      await queue.settle(wakeOf(received, 1), done);
      await queue.settle(wakeOf(received, 2), { outcome: "again", afterSeconds: 0, reason: "twice" });
      await queue.settle(wakeOf(received, 3), { outcome: "dead-letter", reason: "twice" });
      clock.advance(31);
      expect([await queue.size(), await queue.receive(3), await queue.deadLetters()]).toEqual([0, [], []]);
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

    test.each([-1, 900.5, Number.NaN])(
      "all messages of one call are kept or none: a delay of %p s",
      async (seconds) => {
        const { queue } = await make();
        const many = Array.from({ length: 12 }, (_, index) => wake(index));
        await expect(queue.send([...many, wake(12, seconds)])).rejects.toThrow();
        expect(await queue.size()).toBe(0);
      },
    );

    test("a call may send none or many; every one of them arrives", async () => {
      const { queue } = await make();
      await queue.send([]);
      expect(await queue.size()).toBe(0);
      await queue.send(Array.from({ length: 123 }, (_, index) => wake(index)));
      expect(await queue.size()).toBe(123);
      expect(jobsOf(await receiveAll(queue))).toEqual(Array.from({ length: 123 }, (_, index) => index));
    });

    test("any text arrives as it was sent", async () => {
      const { queue } = await make();
      const run = "\u{1f680} \uffff\ufffe \ud800 \u0000\u0007\u007f\u2028 \"\\ \\ud83d ä&<>'";
      await queue.send([{ message: { kind: "report", run }, group: "71" }]);
      const received = await queue.receive(1);
      expect(received.map(({ message }) => message)).toEqual([{ kind: "report", run }]);
      for (const one of received) await queue.settle(one, { outcome: "dead-letter", reason: "test" });
      expect(await queue.deadLetters()).toEqual([{ message: { kind: "report", run }, reason: "test" }]);
    });

    test("only the message that failed returns, after its delay", async () => {
      const { clock, queue } = await make();
      await queue.send([wake(1), wake(2), wake(3)]);
      const received = await queue.receive(3);
      await queue.settle(wakeOf(received, 1), done);
      await queue.settle(wakeOf(received, 2), { outcome: "again", afterSeconds: 4.2, reason: "test" });
      await queue.settle(wakeOf(received, 3), { outcome: "dead-letter", reason: "because" });
      expect(await queue.receive(10)).toEqual([]);
      clock.advance(6);
      const back = await queue.receive(10);
      expect(back.map(({ message, receives }) => ({ message, receives }))).toEqual([
        { message: { kind: "wake", jobId: 2 }, receives: 2 },
      ]);
      const dead = [{ message: { kind: "wake", jobId: 3 }, reason: "because" }];
      expect([await queue.deadLetters(), await queue.deadLetters()]).toEqual([dead, dead]);
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
      expect(ids.length).toBeGreaterThan(0);
      expect(new Set(ids).size).toBe(ids.length);
    });
  });
}
