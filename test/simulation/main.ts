import { readFileSync, writeFileSync } from "node:fs";
import { availableParallelism } from "node:os";
import { Command } from "commander";
import { invariants } from "./invariants.ts";
import { runMutants } from "./mutants/run-mutants.ts";
import { runSeeds } from "./run-seeds.ts";
import { simulate } from "./simulate.ts";
import type { Outcome } from "./simulate.ts";
import { sumUp } from "./sum.ts";
import type { Sum } from "./sum.ts";

const keptFile = new URL("seeds.json", import.meta.url);

const program = new Command("simulate")
  .description(
    "Runs Mayfly's core in a virtual world of faults and holds it to its invariants. See test/simulation/README.md.",
  )
  .option("--seeds <number>", "how many seeds; without --seed those of seeds.json are run too")
  .option("--seed <number>", "the first one; alone: this one only")
  .option("--json", "print one JSON object", false)
  .option("--mutants", "plant bugs in a copy, one at a time, and see that each is caught", false)
  .option("--only <names>", "with --mutants: these only, separated by commas")
  .option("--timeline", "with one seed: print all that happened until something was wrong", false)
  .option("--threads <number>", "threads to run on", String(availableParallelism()))
  .parse();
const options = program.opts<{
  seeds?: string;
  seed?: string;
  json: boolean;
  mutants: boolean;
  only?: string;
  timeline: boolean;
  threads: string;
}>();

const threads = whole("threads", options.threads, 1);
if (options.mutants)
  process.exitCode = await runMutants({ json: options.json, threads, only: options.only?.split(",") });
else await main();

async function main(): Promise<void> {
  const first = whole("seed", options.seed ?? "1", 0);
  const count = whole("seeds", options.seeds ?? (options.seed === undefined ? "100" : "1"), 1);
  if (options.timeline) {
    const { timeline, violations } = await simulate(first, { timeline: true, stopAtFirst: true });
    process.stdout.write(`${timeline.join("\n")}\n`);
    if (violations.length > 0) process.exitCode = 1;
    return;
  }
  const kept =
    options.seed === undefined ? (JSON.parse(readFileSync(keptFile, "utf8")) as { seeds: number[] }).seeds : [];
  const seeds = Array.from({ length: count }, (_, index) => first + index);
  const startedMs = performance.now();
  let done = 0;
  const extra = kept.filter((seed) => !seeds.includes(seed));
  const outcomes = await runSeeds([...extra, ...seeds], threads, () => {
    done += 1;
    if (!options.json && process.stderr.isTTY)
      process.stderr.write(`\r${done} of ${seeds.length + extra.length} seeds`);
  });
  const sum = sumUp(outcomes, (performance.now() - startedMs) / 1000);
  const bad = outcomes.filter(({ violations }) => violations.length > 0);
  for (const outcome of bad.slice(0, 20)) process.stderr.write(explain(outcome));
  if (bad[0] !== undefined) {
    await tellStory(bad[0]);
    const all = [...new Set([...kept, ...bad.slice(0, 10).map(({ seed }) => seed)])].toSorted(
      (left, right) => left - right,
    );
    if (options.seed === undefined) writeFileSync(keptFile, `${JSON.stringify({ seeds: all }, null, 2)}\n`);
    process.exitCode = 1;
  }
  process.stdout.write(options.json ? `${JSON.stringify(sum)}\n` : table(sum));
}

/** What went wrong and how to see it again. */
function explain({ seed, violations }: Outcome): string {
  const lines = violations
    .slice(0, 3)
    .map(({ invariant, atMs, what }) => `  ${new Date(atMs).toISOString()} ${invariant}: ${what}`);
  const more = violations.length > 3 ? [`  and ${violations.length - 3} more`] : [];
  return [
    `seed ${seed} breaks ${violations.length} times; replay: npm run simulate -- --seed ${seed}`,
    ...lines,
    ...more,
    "",
  ].join("\n");
}

/** The last that happened before the first violation, and everything about what it names. */
async function tellStory({ seed, violations: [violation] }: Outcome): Promise<void> {
  const { timeline } = await simulate(seed, { timeline: true, stopAtFirst: true });
  const end = timeline.findIndex((line) => line.includes("VIOLATION"));
  const until = end === -1 ? timeline : timeline.slice(0, end + 1);
  const names = violation?.what.match(/[a-z]+-\d+(?:-\d+)*|\b\d{4,}\b/g) ?? [];
  const about = until.filter((line, index) => index > until.length - 15 || names.some((name) => line.includes(name)));
  const sentence = invariants.find(({ name }) => name === violation?.invariant)?.sentence ?? "";
  const shown = about.slice(-60).map((line) => `  ${line.slice(0, 220)}`);
  process.stderr.write(
    [
      `seed ${seed}: ${violation?.invariant ?? ""}: ${sentence}`,
      ...shown,
      "  all of it: --seed " + seed + " --timeline",
      "",
    ].join("\n"),
  );
}

function table(sum: Sum): string {
  const { faults, ...numbers } = sum;
  const row = ([name, value]: [string, number]): string => `${name.padEnd(24)}${String(value).padStart(10)}`;
  return [
    ...Object.entries(numbers).map(row),
    "faults:",
    ...Object.entries(faults).map(([name, value]) => row([`  ${name}`, value])),
    "",
  ].join("\n");
}

function whole(name: string, text: string, least: number): number {
  const value = Number(text);
  if (!Number.isSafeInteger(value) || value < least)
    program.error(`--${name} takes a whole number from ${least} on, not ${text}`);
  return value;
}
