import { describe, expect, test } from "@jest/globals";
import { sqliteQueue } from "../../../src/adapters/queue/sqlite.ts";
import { openDatabase } from "../../../src/adapters/store/sqlite/database.ts";
import type { QueueEntry } from "../../../src/core/ports.ts";
import { queueContract } from "../../contract/queue.ts";
import { sqliteFiles } from "../../helpers/sqlite-files.ts";
import { virtualClock } from "../../helpers/virtual-clock.ts";

const { newFile, opened } = sqliteFiles();

queueContract("sqlite", async (clock, options) => sqliteQueue(opened(newFile()), clock, options));

describe("one file", () => {
  const wake = (jobId: number, delaySeconds?: number): QueueEntry => ({
    message: { kind: "wake", jobId },
    group: "1",
    delaySeconds,
  });

  test("messages, those in a dead worker's hands too, and dead letters outlive the process", async () => {
    const file = newFile();
    const clock = virtualClock();
    const first = openDatabase(file);
    const before = sqliteQueue(first, clock, { visibilitySeconds: 30 });
    await before.send([wake(1), wake(2), wake(3, 60)]);
    const [one] = await before.receive(2);
    if (one === undefined) throw new Error("two were due");
    await before.settle(one, { outcome: "dead-letter", reason: "because" });
    first.close();

    const queue = sqliteQueue(opened(file), clock, { visibilitySeconds: 30 });
    expect([await queue.size(), await queue.receive(10)]).toEqual([2, []]);
    clock.advance(31);
    expect(await queue.receive(10)).toMatchObject([{ message: { kind: "wake", jobId: 2 }, receives: 2 }]);
    clock.advance(60);
    expect((await queue.receive(10)).map(({ message }) => message)).toContainEqual({ kind: "wake", jobId: 3 });
    expect(await queue.deadLetters()).toEqual([{ message: { kind: "wake", jobId: 1 }, reason: "because" }]);
  });

  test("two handles never get the same message at once; what one sends the other receives", async () => {
    const file = newFile();
    const clock = virtualClock();
    const make = (): ReturnType<typeof sqliteQueue> => sqliteQueue(opened(file), clock, { visibilitySeconds: 30 });
    const [left, right] = [make(), make()];
    await left.send([wake(1), wake(2), wake(3)]);
    const got = [...(await right.receive(2)), ...(await left.receive(2))];
    expect(got.map(({ message }) => message)).toEqual([1, 2, 3].map((jobId) => ({ kind: "wake", jobId })));
  });
});
