import { build } from "esbuild";

/** Bundles a program into one minified ES module that needs nothing but Node 24; well under a second. */
export async function bundleProgram(entry: string, outFile: string): Promise<void> {
  await build({
    entryPoints: [entry],
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
