import { Command } from "commander";
import { sweepBudget } from "../src/core/pipeline/sweep-budget.ts";
import type { SweepBudget } from "../src/core/pipeline/sweep-budget.ts";
import { defaultSweep } from "../src/core/settings.ts";

const program = new Command("sweep-budget")
  .description("What looking at the runs of active repositories costs in calls to GitHub, and how old a look may get.")
  .option("--json", "print JSON instead of a table", false)
  .option("--repositories <numbers>", "active repositories, over all installations", "1,10,100,1000")
  .option("--runs <numbers>", "queued and running workflow runs in each repository at a time", "0,1,5")
  .option("--installations <numbers>", "installations that share the repositories", "1")
  .option("--calls <number>", "calls a minute for each installation", String(defaultSweep.callsPerMinute))
  .parse();
const options = program.opts<{ json: boolean } & Record<"repositories" | "runs" | "installations" | "calls", string>>();

function numbers(name: "repositories" | "runs" | "installations" | "calls", least: number): number[] {
  const read = options[name].split(",").map(Number);
  if (!read.every((number) => Number.isInteger(number) && number >= least)) {
    program.error(`--${name} takes whole numbers from ${least} on, separated by commas`);
  }
  return read;
}

const [callsPerMinute = defaultSweep.callsPerMinute] = numbers("calls", 1);
const budgets = numbers("installations", 1).flatMap((installations) =>
  numbers("repositories", 1).flatMap((repositories) =>
    numbers("runs", 0).map((activeRuns) =>
      sweepBudget({ repositories, activeRuns, installations }, { ...defaultSweep, callsPerMinute }),
    ),
  ),
);

const columns: readonly (readonly [string, (budget: SweepBudget) => string])[] = [
  ["installations", ({ installations }) => String(installations)],
  ["repositories", ({ repositories }) => String(repositories)],
  ["runs each", ({ activeRuns }) => String(activeRuns)],
  ["calls a look", ({ callsPerLook }) => String(callsPerLook)],
  ["calls an hour and installation", ({ callsPerHour }) => String(callsPerHour)],
  ["of 5,000", ({ share }) => `${Math.round(share * 1000) / 10} %`],
  ["worst age of a look", ({ worstAgeSeconds }) => `${worstAgeSeconds} s`],
];

/** Right-aligned columns, for a terminal. */
function table(rows: readonly (readonly string[])[]): string {
  const widths = columns.map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)));
  return rows.map((row) => row.map((cell, column) => cell.padStart(widths[column] ?? 0)).join("  ")).join("\n");
}

const rows = [columns.map(([head]) => head), ...budgets.map((budget) => columns.map(([, cell]) => cell(budget)))];
process.stdout.write(options.json ? `${JSON.stringify({ callsPerMinute, budgets }, null, 2)}\n` : `${table(rows)}\n`);
