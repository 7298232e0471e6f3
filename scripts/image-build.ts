import { resolve } from "node:path";
import { Command, Option } from "commander";
import { arches, type Arch } from "./image/arch.ts";
import { buildImage } from "./image/build-image.ts";
import { engineNames, findEngine, type EngineName } from "./image/engine.ts";
import { readRevision } from "./image/revision.ts";

const root = resolve(import.meta.dirname, "..");
const program = new Command("image:build")
  .description("Builds the image of the Lambda runner function, tagged by commit and architecture.")
  .addOption(new Option("--arch <architecture>", "of the Lambda function").choices(arches).default("x86_64"))
  .addOption(new Option("--engine <name>", "default: the first that works").choices(engineNames))
  .parse();
const { arch, engine } = program.opts<{ arch: Arch; engine?: EngineName }>();

try {
  const found = await findEngine(engine, { env: process.env, cwd: root, shown: true });
  process.stdout.write(`${await buildImage(root, await readRevision(root), arch, found)}\n`);
} catch (error) {
  program.error(`image:build: ${error instanceof Error ? error.message : String(error)}`);
}
