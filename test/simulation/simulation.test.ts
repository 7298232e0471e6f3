import { readFileSync } from "node:fs";
import { describe, expect, test } from "@jest/globals";
import { invariants } from "./invariants.ts";
import { mutants } from "./mutants/mutants.ts";
import { runMutant } from "./mutants/run-mutant.ts";
import { runSeeds } from "./run-seeds.ts";
import { sumUp } from "./sum.ts";
import { allFaultKinds } from "./world/faults.ts";
import { chance } from "./world/chance.ts";
import { scheduler } from "./world/scheduler.ts";

const kept = (JSON.parse(readFileSync(new URL("seeds.json", import.meta.url), "utf8")) as { seeds: number[] }).seeds;

describe("the simulation", () => {
  test("seeds that once failed, and the first ones, hold every invariant", async () => {
    const seeds = [...new Set([...kept, ...Array.from({ length: 12 }, (_, index) => index + 1)])];
    const outcomes = await runSeeds(seeds, 2);
    expect(outcomes.flatMap(({ seed, violations }) => violations.map((one) => ({ seed, ...one })))).toEqual([]);
    const sum = sumUp(outcomes, 1);
    expect(sum).toMatchObject({ seeds: seeds.length, violations: 0, lost: 0, leaked: 0 });
    expect(sum.jobsPerVirtualHour).toBeGreaterThanOrEqual(50);
    // Each kind is off in half of the seeds, and some are rare.
    const struck = Object.values(sum.faults).filter((count) => count > 0);
    expect(struck.length).toBeGreaterThan(0.8 * allFaultKinds.length);
  });

  test("the same seed gives the same world to the last byte, another one another", async () => {
    const [first, second, other] = await runSeeds([7, 7, 8], 1);
    expect(first?.trace).toBe(second?.trace);
    expect(other?.trace).not.toBe(first?.trace);
  });

  test("each invariant has a name of its own and a sentence", () => {
    expect(new Set(invariants.map(({ name }) => name)).size).toBe(invariants.length);
    for (const { sentence } of invariants) expect(sentence).toMatch(/^[A-Z].*\.$/);
    expect(allFaultKinds.length).toBeGreaterThanOrEqual(20);
  });
});

describe("planted bugs", () => {
  test("there are many, and each can still be planted", () => {
    expect(mutants.length).toBeGreaterThanOrEqual(25);
    expect(new Set(mutants.map(({ name }) => name)).size).toBe(mutants.length);
    for (const { name, file, from, to } of mutants) {
      const text = readFileSync(new URL(`../../src/core/${file}`, import.meta.url), "utf8");
      expect({ name, stands: text.split(from).length - 1 }).toEqual({ name, stands: 1 });
      expect(to).not.toBe(from);
    }
  });

  test.each([
    ["second claim accepted", "one-claim"],
    ["JIT config in the log", "secrets"],
  ])("%s: caught by %s", async (name, invariant) => {
    const mutant = mutants.find((one) => one.name === name);
    expect(mutant).toBeDefined();
    if (mutant !== undefined) expect((await runMutant(mutant)).caughtBy).toBe(invariant);
  });

  test("a bug that is none is not caught", async () => {
    const harmless = { name: "harmless", file: "app.ts", from: "/** The four doors of Mayfly.", to: "/** Four doors." };
    expect(await runMutant(harmless, 3)).toMatchObject({ seeds: 3, caughtBy: undefined });
  });
});

describe("the world's clock", () => {
  test("events happen in the order of their times, equal ones in the order in which they were planned", async () => {
    const clock = scheduler(1000);
    const happened: string[] = [];
    const random = chance(3);
    const times = Array.from({ length: 200 }, () => 1000 + random.below(50));
    times.forEach((atMs, index) =>
      clock.at(atMs, () => void happened.push(`${atMs} ${String(index).padStart(3, "0")}`)),
    );
    clock.at(1100, () => void happened.push("late"));
    await clock.run(1099, () => {});
    expect(happened).toHaveLength(200);
    expect(happened).toEqual(happened.toSorted());
    expect(clock.nowMs()).toBe(1099);
    await clock.run(1200, () => {});
    expect(happened.at(-1)).toBe("late");
  });
});
