import { Command } from "commander";
import { runSoak } from "./soak/run-soak.ts";
import { soakText } from "./soak/soak-text.ts";

const program = new Command("soak")
  .description("Serves many webhook deliveries while the server is killed again and again. See soak/README.md.")
  .option("--json", "print JSON instead of text", false)
  .option("--deliveries <number>", "webhook deliveries of all kinds, 100 to 100000", "20000")
  .option("--kills <number>", "how often the server is killed, 0 to 20", "3")
  .option("--seed <number>", "decides what is left to chance", "1")
  .parse();
const given = program.opts<Record<"deliveries" | "kills" | "seed", string> & { json: boolean }>();

function whole(name: "deliveries" | "kills" | "seed", least: number, most: number): number {
  const value = Number(given[name]);
  if (!Number.isInteger(value) || value < least || value > most) {
    program.error(`--${name} takes a whole number from ${least} to ${most}`);
  }
  return value;
}

const result = await runSoak({
  deliveries: whole("deliveries", 100, 100_000),
  kills: whole("kills", 0, 20),
  seed: whole("seed", 0, 2 ** 31),
  onProgress: (text) => void process.stderr.write(`${text}\n`),
});
process.stdout.write(given.json ? `${JSON.stringify(result, null, 2)}\n` : soakText(result));
if (result.problems.length > 0) process.exitCode = 1;
