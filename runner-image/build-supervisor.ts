import { build } from "esbuild";
import { fileURLToPath } from "node:url";

/** Bundles the supervisor into one file that needs nothing but Node 24; well under a second. */
export async function buildSupervisor(outFile: string): Promise<void> {
  await build({
    entryPoints: [fileURLToPath(new URL("supervisor/main.ts", import.meta.url))],
    outfile: outFile,
    bundle: true,
    platform: "node",
    target: "node24",
    format: "esm",
    minify: true,
    legalComments: "none",
    logLevel: "warning",
  });
}
