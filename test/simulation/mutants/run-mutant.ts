import { cpSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { Worker } from "node:worker_threads";
import type { Outcome } from "../simulate.ts";
import type { Task } from "../worker.ts";
import type { Mutant } from "./mutants.ts";

const root = fileURLToPath(new URL("../../../", import.meta.url));

/** A mutant must be caught within so many seeds. */
const mostSeeds = 500;

export type Verdict = {
  readonly name: string;
  readonly file: string;
  /** Seeds that were run, the one that caught it included. */
  readonly seeds: number;
  /** The invariant that saw it; undefined: it survived. */
  readonly caughtBy: string | undefined;
  readonly what: string | undefined;
};

/** Plants the bug in a copy of its own and runs seeds until one catches it, or all `seeds` have not. */
export async function runMutant(mutant: Mutant, seeds = mostSeeds): Promise<Verdict> {
  const folder = mkdtempSync(join(tmpdir(), "mayfly-mutant-"));
  try {
    plant(mutant, folder);
    return await untilCaught(mutant, pathToFileURL(join(folder, "test/simulation/worker.ts")), seeds);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function plant({ name, file, from, to }: Mutant, folder: string): void {
  for (const part of ["src/core", "src/adapters", "test/helpers", "test/simulation", "package.json"])
    cpSync(join(root, part), join(folder, part), { recursive: true });
  symlinkSync(join(root, "node_modules"), join(folder, "node_modules"));
  const path = join(folder, "src/core", file);
  const text = readFileSync(path, "utf8");
  if (text.split(from).length !== 2)
    throw new Error(
      `mutant “${name}”: its text stands ${text.split(from).length - 1} times in src/core/${file}, not once`,
    );
  writeFileSync(
    path,
    text.replace(from, () => to),
  );
}

async function untilCaught({ name, file }: Mutant, url: URL, most: number): Promise<Verdict> {
  const task: Task = { seeds: Array.from({ length: most }, (_, index) => index + 1), stopAtFirst: true };
  const worker = new Worker(url, { workerData: task });
  let seeds = 0;
  let caught: { invariant: string; what: string } | undefined;
  worker.on("message", (outcome: Outcome) => {
    seeds += 1;
    caught ??= outcome.violations[0];
  });
  await new Promise<void>((resolve, reject) => {
    worker.once("error", reject);
    worker.once("exit", () => resolve());
  });
  return { name, file, seeds, caughtBy: caught?.invariant, what: caught?.what };
}
