import { Command } from "commander";
import { burstTable } from "./burst/burst-table.ts";
import { runBurst } from "./burst/run-burst.ts";
import type { BurstResult } from "./burst/run-burst.ts";

const executions = ["lambda", "ec2"] as const;
const latencies = [
  { githubMs: 0, awsMs: 0 },
  { githubMs: 100, awsMs: 20 },
];

const program = new Command("burst")
  .description("Calls for each job and time, when many jobs are queued at once. See bench/README.md.")
  .option("--json", "print JSON instead of a table", false)
  .option("--jobs <numbers>", "sizes of the bursts", "1,10,100,1000")
  .parse();
const { json, jobs } = program.opts<{ json: boolean; jobs: string }>();
const sizes = jobs.split(",").map(Number);
if (!sizes.every((size) => Number.isInteger(size) && size >= 1 && size <= 5000)) {
  program.error("--jobs takes whole numbers from 1 to 5000, separated by commas");
}

const results: BurstResult[] = [];
for (const execution of executions) {
  for (const latency of latencies) {
    for (const size of sizes) results.push(await runBurst({ execution, jobs: size, ...latency }));
  }
}
const wrong = results.filter((one) => one.launches !== one.jobs);
for (const one of wrong) {
  process.stderr.write(`${one.jobs} jobs on ${one.execution} took ${one.launches} launches: each needs exactly one\n`);
}
const failed = results.flatMap(({ execution, jobs: size, errors }) =>
  [...new Set(errors)].map((error) => `${size} jobs on ${execution}: ${error}\n`),
);
for (const line of failed) process.stderr.write(line);
if (wrong.length + failed.length > 0) process.exitCode = 1;
process.stdout.write(json ? `${JSON.stringify({ bursts: results }, null, 2)}\n` : burstTable(results));
