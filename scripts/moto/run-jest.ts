import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { JestFile } from "./judgement.ts";

/** Ends Jest when somebody stops the whole. */
export type RunOptions = { readonly root: string; readonly motoUrl: string; readonly signal: AbortSignal };

/**
 * Runs these files of test/aws in front of moto, with Jest's own output on ours. Whether they pass stands in what it
 * resolves with; rejects when Jest left no result.
 */
export async function runJest(files: readonly string[], options: RunOptions): Promise<readonly JestFile[]> {
  const { root, motoUrl, signal } = options;
  const folder = await mkdtemp(join(tmpdir(), "mayfly-aws-"));
  const result = join(folder, "jest.json");
  try {
    const jest = spawn(
      process.execPath,
      [
        "--experimental-vm-modules",
        "--disable-warning=ExperimentalWarning",
        "node_modules/jest/bin/jest.js",
        "--config=jest.aws.config.js",
        "--ci",
        "--verbose",
        "--json",
        `--outputFile=${result}`,
        "--runTestsByPath",
        ...files.map((file) => `test/aws/${file}.test.ts`),
      ],
      { cwd: root, stdio: ["ignore", "ignore", "inherit"], env: { ...process.env, MOTO_URL: motoUrl }, signal },
    );
    const [code] = await once(jest, "close");
    const text = await readFile(result, "utf8").catch(() => {
      throw new Error(`Jest ended with ${String(code)} and left no result`);
    });
    const { testResults } = JSON.parse(text) as { readonly testResults: readonly JestFile[] };
    return testResults;
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
