import { copyFile, mkdir } from "node:fs/promises";
import { join } from "node:path";
import { build } from "esbuild";
import type { Metafile } from "esbuild";
import type { FunctionBundle } from "./functions.ts";

const root = join(import.meta.dirname, "../..");

/** Packages in CommonJS load Node's own modules by `require`, which a module has not. */
const banner = { js: 'import{createRequire as __cr}from"node:module";const require=__cr(import.meta.url);' };

/**
 * Bundles a function into one minified module, `NAME/index.mjs` in `folder`, with the files that it reads beside it. A
 * map for reading stacks lies there too; it is not deployed. Resolves with what esbuild put into the bundle.
 */
export async function buildFunction({ name, files = {} }: FunctionBundle, folder: string): Promise<Metafile> {
  const target = join(folder, name);
  await mkdir(target, { recursive: true });
  const { metafile } = await build({
    absWorkingDir: root,
    entryPoints: [`src/entrypoints/lambda/${name}.ts`],
    outfile: join(target, "index.mjs"),
    bundle: true,
    platform: "node",
    target: "node24",
    format: "esm",
    mainFields: ["module", "main"],
    minify: true,
    sourcemap: "linked",
    sourcesContent: false,
    legalComments: "none",
    banner,
    metafile: true,
    logLevel: "warning",
  });
  await Promise.all(
    Object.entries(files).map(async ([file, from]) => await copyFile(join(root, from), join(target, file))),
  );
  return metafile;
}
