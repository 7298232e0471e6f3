import { execFile } from "node:child_process";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { build } from "esbuild";
import { loadParser } from "../../../src/adapters/workflow-file/load-parser.ts";

const READER = fileURLToPath(new URL("../../../src/adapters/workflow-file/workflow-reader.ts", import.meta.url));
const PROGRAM = `import { workflowReader } from ${JSON.stringify(READER)};
console.log(JSON.stringify(await workflowReader().jobs("a.yml", "on: push\\njobs:\\n  x: {runs-on: y, steps: [{run: z}]}")));
`;
const JOBS = '[{"key":"x","line":3}]\n';
const BANNER = 'import{createRequire as r}from"node:module";const require=r(import.meta.url);';

const run = promisify(execFile);
let folder = "";
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "mayfly-parser-"));
  await writeFile(join(folder, "program.mjs"), PROGRAM);
});
afterAll(() => rm(folder, { recursive: true, force: true }));

describe("GitHub's parser is loaded", () => {
  test("by Jest, once", async () => {
    const [first, second] = await Promise.all([loadParser(), loadParser()]);
    expect(first.parseWorkflow).toBeInstanceOf(Function);
    expect(second).toBe(first);
  });

  test("by plain Node", async () => {
    const { stdout } = await run(process.execPath, [join(folder, "program.mjs")]);
    expect(stdout).toBe(JOBS);
  });

  test("from a bundle", async () => {
    const outfile = join(folder, "bundle.mjs");
    await build({
      entryPoints: [join(folder, "program.mjs")],
      outfile,
      bundle: true,
      platform: "node",
      format: "esm",
      target: "node24",
      banner: { js: BANNER },
    });
    const { stdout } = await run(process.execPath, [outfile]);
    expect(stdout).toBe(JOBS);
  });
});
