import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { buildSupervisor } from "../runner-image/build-supervisor.ts";
import { buildFunction } from "./build/build-function.ts";
import { functions } from "./build/functions.ts";

/** Everything that a deployment needs, in `dist`: the functions' bundles and the program of the runner image. */
const dist = join(import.meta.dirname, "../dist");

const kib = (bytes: number): number => Math.ceil(bytes / 1024);

async function show(file: string, mostKib?: number): Promise<void> {
  const code = await readFile(join(dist, file));
  const most = mostKib === undefined ? "" : ` of at most ${mostKib}`;
  process.stdout.write(`dist/${file} ${kib(code.length)} KiB${most} (${kib(gzipSync(code).length)} KiB gzip)\n`);
  if (mostKib !== undefined && kib(code.length) > mostKib) {
    process.stderr.write(
      `dist/${file} is too large: look at what came in, or raise its limit in scripts/build/functions.ts\n`,
    );
    process.exitCode = 1;
  }
}

await Promise.all([
  ...functions.map(async (one) => await buildFunction(one, dist)),
  buildSupervisor(join(dist, "runner-image/supervisor.mjs")),
]);
for (const { name, mostKib } of functions) await show(`${name}/index.mjs`, mostKib);
await show("runner-image/supervisor.mjs");
