import { resolve } from "node:path";
import { Command } from "commander";
import { pinNewestRunner } from "./image/pin-newest-runner.ts";

const root = resolve(import.meta.dirname, "..");
const program = new Command("runner:version")
  .description(
    "Pins the newest release of the Actions runner in runner-image/runner.json. GitHub gives no jobs to a runner " +
      "about 30 days after its successor: once a month is not too often. GITHUB_TOKEN, if set, is used for GitHub's API.",
  )
  .option("--check", "write nothing; exit 1 when the pins are not the newest release", false)
  .parse();

const { check } = program.opts<{ check: boolean }>();

try {
  const changes = await pinNewestRunner(root, check, process.env["GITHUB_TOKEN"]);
  process.stdout.write(changes.length === 0 ? "the newest runner is pinned\n" : `${changes.join("\n")}\n`);
  if (check && changes.length > 0) process.exitCode = 1;
} catch (error) {
  program.error(`runner:version: ${error instanceof Error ? error.message : String(error)}`);
}
