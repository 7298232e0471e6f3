import { describe, expect, test } from "@jest/globals";
import type { ServedRepository } from "../../../src/core/model/served-repository.ts";
import { sweepBudget } from "../../../src/core/pipeline/sweep-budget.ts";
import { defaultSweep } from "../../../src/core/settings.ts";
import { serve, takeMessages } from "../../helpers/world/sweep.ts";
import { makeWorld } from "../../helpers/world/world.ts";
import type { World } from "../../helpers/world/world.ts";

/** Repository `id`; those from 10,000 on belong to another installation. */
async function serveOne(world: World, id: number, changes: Partial<ServedRepository> = {}): Promise<void> {
  await serve(world, changes, { id, installationId: id < 10_000 ? 5 : 6 });
}

/** Passes of the schedule, a minute apart; resolves with the repositories that each looks at, each look costing `calls`. */
async function passes(world: World, count: number, calls: number): Promise<number[][]> {
  const looks: number[][] = [];
  for (let pass = 0; pass < count; pass += 1) {
    world.clock.advance(60);
    const { swept } = await world.app.onSchedule("schedule");
    const looked = (await takeMessages(world)).flatMap((message) =>
      message.kind === "sweep" ? [message.repository.id] : [],
    );
    expect(looked).toHaveLength(swept);
    for (const id of looked) {
      const record = await world.store.repositories.read(String(id));
      if (record !== undefined) await world.store.repositories.write({ ...record, version: record.version + 1, calls });
    }
    looks.push(looked);
  }
  return looks;
}

const ids = (count: number, first = 1): number[] => Array.from({ length: count }, (_, index) => first + index);

describe("what the budget means", () => {
  test.each([
    // repositories, runs, installations → calls a look, calls an hour, seconds
    [1, 0, 1, 2, 120, 60],
    [12, 0, 1, 2, 1440, 60],
    [13, 0, 1, 2, 1500, 120],
    [100, 0, 1, 2, 1500, 480],
    [100, 0, 10, 2, 1200, 60],
    [100, 3, 1, 5, 1500, 1200],
    [1, 500, 1, 32, 1500, 120],
    [101, 0, 100, 2, 240, 60],
  ])(
    "%i repositories with %i active runs in %i installations",
    (repositories, activeRuns, installations, ...expected) => {
      const budget = sweepBudget({ repositories, activeRuns, installations });
      expect([budget.callsPerLook, budget.callsPerHour, budget.worstAgeSeconds]).toEqual(expected);
      expect(budget.share).toBe(budget.callsPerHour / 5000);
      expect(budget.share).toBeLessThanOrEqual(0.3);
    },
  );
});

describe("the schedule keeps to it", () => {
  test.each([
    [10, 2],
    [13, 2],
    [40, 2],
    [40, 7],
    [3, 92],
  ])(
    "%i repositories of %i calls: every one in its turn, no later than the formula says, within the budget",
    async (count, calls) => {
      const world = makeWorld({ settings: { sweep: { everySeconds: 55, mostRuns: 90 } } });
      for (const id of ids(count)) await serveOne(world, id, { calls });
      const looks = await passes(world, 120, calls);
      const spent = looks.flat().length * calls;
      // one look may be spent ahead of its time
      expect(spent).toBeLessThanOrEqual(120 * defaultSweep.callsPerMinute + calls);
      const { worstAgeSeconds } = sweepBudget(
        { repositories: count, activeRuns: calls - 2, installations: 1 },
        { callsPerMinute: defaultSweep.callsPerMinute, mostRuns: 90 },
      );
      for (const id of ids(count)) {
        const turns = looks.flatMap((looked, pass) => (looked.includes(id) ? [pass] : []));
        const gaps = turns.map((pass, index) => pass - (turns[index - 1] ?? -1));
        expect(Math.max(...gaps) * 60).toBeLessThanOrEqual(worstAgeSeconds + 60);
        expect(turns.length).toBeGreaterThanOrEqual(Math.floor((120 * 60) / (worstAgeSeconds + 60)));
      }
    },
  );

  test("the longest due comes first, and among equals the most recently active", async () => {
    const world = makeWorld({ settings: { sweep: { callsPerMinute: 3 } } });
    const nowMs = world.clock.nowMs();
    await serveOne(world, 1, { dueAtMs: nowMs, activeAtMs: nowMs - 9000 });
    await serveOne(world, 2, { dueAtMs: nowMs, activeAtMs: nowMs - 1000 });
    await serveOne(world, 3, { dueAtMs: nowMs - 5000, activeAtMs: nowMs - 20_000 });
    await serveOne(world, 4, { dueAtMs: nowMs + 61_000 });
    expect(await passes(world, 1, 2)).toEqual([[3, 2]]);
  });

  test("what a look cost more than was thought is owed by later passes", async () => {
    const world = makeWorld();
    await serveOne(world, 1);
    await serveOne(world, 2);
    const looks = await passes(world, 6, 75);
    // 2 × 2 calls were thought; then 75 − 25 are owed for two passes more
    expect(looks).toEqual([[1, 2], [1], [], [], [2], []]);
  });

  test("each installation has its own, and a full pass of one hides no other", async () => {
    const world = makeWorld();
    for (const id of ids(5200)) await serveOne(world, id);
    await serveOne(world, 10_001, { dueAtMs: world.clock.nowMs() + 1 });
    const looks = await passes(world, 3, 2);
    expect(looks.flat()).toContain(10_001);
    expect(looks.map((looked) => looked.filter((id) => id < 10_000).length)).toEqual([13, 12, 13]);
  });

  test("those whose turn was put off come in their turn", async () => {
    const sweep = { callsPerMinute: 2000 };
    const world = makeWorld({ settings: { sweep } });
    for (const id of ids(5200)) await serveOne(world, id);
    const load = { repositories: 5200, activeRuns: 0, installations: 1 };
    const { worstAgeSeconds } = sweepBudget(load, { ...defaultSweep, ...sweep });
    // The order is not kept any more, so a round takes longer, but nobody is left out.
    const looks = await passes(world, (2 * worstAgeSeconds) / 60, 2);
    expect(new Set(looks.flat()).size).toBe(5200);
  });
});
