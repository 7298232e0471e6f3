import { readFileSync } from "node:fs";
import { gzipSync } from "node:zlib";
import { buildSupervisor } from "../runner-image/build-supervisor.ts";

/** Every bundle that a deployment needs, by the file that it makes. */
const bundles: Readonly<Record<string, (outFile: string) => Promise<void>>> = {
  "dist/runner-image/supervisor.mjs": buildSupervisor,
};

for (const [outFile, build] of Object.entries(bundles)) {
  await build(outFile);
  const code = readFileSync(outFile);
  const kib = (bytes: number): string => String(Math.ceil(bytes / 1024));
  process.stdout.write(`${outFile} ${kib(code.length)} KiB (${kib(gzipSync(code).length)} KiB gzip)\n`);
}
