import { describe, expect, test } from "@jest/globals";
import { jobFacts } from "../../helpers/records.ts";
import { jobPayload } from "../../helpers/world/github.ts";
import { takeMessages } from "../../helpers/world/sweep.ts";
import { makeWorld } from "../../helpers/world/world.ts";
import type { World } from "../../helpers/world/world.ts";

/** A delivery as GitHub lists it, of a job of its own; nothing but its own failure keeps it from us. */
function record(world: World, ok: boolean, guid?: string): string {
  const number = world.github.deliveries.length + 1;
  const id = String(2n ** 60n + BigInt(number));
  const job = jobFacts(number, { createdAtMs: world.clock.nowMs() });
  world.github.deliveries.push({
    id,
    guid: guid ?? `guid-${number}`,
    deliveredAtMs: world.clock.nowMs(),
    ok,
    event: "workflow_job",
    action: "queued",
    installationId: 5,
    payload: jobPayload("queued", job),
  });
  return `guid-${number}`;
}

/** One pass of the schedule; resolves with the deliveries whose jobs it put on the queue. */
async function pass(world: World): Promise<string[]> {
  world.clock.advance(60);
  await world.app.onSchedule("schedule");
  return (await takeMessages(world)).flatMap((message) => (message.kind === "job" ? [message.delivery] : []));
}

async function passes(world: World, count: number): Promise<string[]> {
  const found: string[] = [];
  for (let done = 0; done < count; done += 1) found.push(...(await pass(world)));
  return found;
}

const times = <T>(count: number, make: () => T): T[] => Array.from({ length: count }, make);
const callsOf = (world: World, operation: string): number => world.github.faults.calls[operation] ?? 0;

describe("failed deliveries", () => {
  test("however many came after it, the oldest is found, once, and so is what fails later", async () => {
    const world = makeWorld();
    await pass(world);
    const oldest = record(world, false);
    times(1400, () => record(world, true));
    const newest = record(world, false);
    expect(await pass(world)).toEqual([newest]);
    // The walk goes on where it stopped, though more have come.
    times(50, () => record(world, true));
    const later = record(world, false);
    expect(await passes(world, 2)).toEqual([oldest]);
    expect(await passes(world, 3)).toEqual([later]);
  });

  test("a pass reads at most 5 pages and 50 payloads; every one comes in the end, once", async () => {
    const world = makeWorld();
    await pass(world);
    const failed = times(620, () => record(world, false));
    const before = callsOf(world, "list-deliveries");
    const found = await pass(world);
    expect(found).toHaveLength(50);
    expect(callsOf(world, "list-deliveries") - before).toBe(5);
    found.push(...(await passes(world, 14)));
    expect(found.toSorted()).toEqual(failed.toSorted());
    expect(callsOf(world, "get-delivery")).toBe(620);
  });

  test("attempts of one delivery are fetched once, and one that succeeded in the end not at all", async () => {
    const world = makeWorld();
    const guid = record(world, false);
    record(world, false, guid);
    const redelivered = record(world, false);
    record(world, true, redelivered);
    expect(await passes(world, 2)).toEqual([guid]);
    expect(callsOf(world, "get-delivery")).toBe(1);
  });

  test("one whose payload GitHub never gives holds up no other, costs no other a second call, and is given up", async () => {
    const world = makeWorld();
    const port = { ...world.github.port };
    record(world, false);
    const poison = world.github.deliveries[0]?.id;
    let reads = 0;
    Object.assign(world.github.port, {
      readDelivery: async (id: string) => {
        if (id !== poison) return await port.readDelivery(id);
        reads += 1;
        world.github.faults.plant({ operation: "get-delivery", kind: "unavailable", when: "before", times: 1 });
        return await port.readDelivery(id);
      },
    });
    for (let count = 0; count < 15; count += 1) {
      const other = record(world, false);
      expect(await pass(world)).toEqual([other]);
    }
    expect(reads).toBe(10);
    expect(callsOf(world, "get-delivery")).toBe(25);
    expect(world.logged.filter((line) => line.startsWith("failed delivery given up"))).toHaveLength(1);
  });

  test("none is given up while GitHub gives none, and GitHub is asked for few", async () => {
    const world = makeWorld();
    const failed = times(12, () => record(world, false));
    world.github.faults.plant({ operation: "get-delivery", kind: "rate-limited", when: "before", times: 300 });
    expect(await passes(world, 30)).toEqual([]);
    expect(callsOf(world, "get-delivery")).toBe(300);
    expect((await pass(world)).toSorted()).toEqual(failed.toSorted());
  });

  test("a list that breaks off goes on at the same page; nothing that it gave is lost", async () => {
    const world = makeWorld();
    await pass(world);
    const oldest = record(world, false);
    times(150, () => record(world, true));
    const newest = record(world, false);
    const port = { ...world.github.port };
    let broken = 5;
    Object.assign(world.github.port, {
      listDeliveries: async (cursor: string | undefined) => {
        broken -= cursor === undefined ? 0 : 1;
        if (cursor !== undefined && broken >= 0) {
          world.github.faults.plant({ operation: "list-deliveries", kind: "unavailable", when: "before", times: 1 });
        }
        return await port.listDeliveries(cursor);
      },
    });
    expect(await pass(world)).toEqual([newest]);
    expect(await passes(world, 4)).toEqual([]);
    expect(await pass(world)).toEqual([oldest]);
  });

  test("a page that GitHub has forgotten, or never gives, hides neither the new nor the old", async () => {
    for (const kind of ["not-found", "unavailable"] as const) {
      const world = makeWorld();
      await pass(world);
      const oldest = record(world, false);
      times(150, () => record(world, true));
      const port = { ...world.github.port };
      let isBroken = true;
      Object.assign(world.github.port, {
        listDeliveries: async (cursor: string | undefined) => {
          if (cursor !== undefined && isBroken) {
            world.github.faults.plant({ operation: "list-deliveries", kind, when: "before", times: 1 });
          }
          return await port.listDeliveries(cursor);
        },
      });
      await pass(world);
      const newest = record(world, false);
      expect(await passes(world, 12)).toEqual([newest]);
      isBroken = false;
      expect(await passes(world, 12)).toEqual([oldest]);
    }
  });

  test("what the pass has found outlives a pass that dies before it is fetched", async () => {
    const world = makeWorld();
    const guid = record(world, false);
    const queue = { ...world.queue };
    Object.assign(world.queue, {
      send: async () => {
        throw new Error("the queue is gone");
      },
    });
    world.clock.advance(60);
    await expect(world.app.onSchedule("schedule")).rejects.toThrow("the queue is gone");
    Object.assign(world.queue, queue);
    expect(await pass(world)).toEqual([guid]);
  });
});
