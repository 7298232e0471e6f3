import { cpSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { Worker } from "node:worker_threads";
import type { Outcome } from "../simulate.ts";
import type { Task } from "../worker.ts";
import { mutants } from "./mutants.ts";
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

/** Plants each bug in a copy of its own and runs seeds until one is caught. Resolves with the exit code. */
export async function runMutants(options: {
  readonly json: boolean;
  readonly threads: number;
  readonly only?: readonly string[] | undefined;
}): Promise<number> {
  const chosen = mutants.filter(
    ({ name }) => options.only === undefined || options.only.some((part) => name.includes(part)),
  );
  const verdicts: Verdict[] = [];
  const waiting = [...chosen];
  const startedMs = performance.now();
  await Promise.all(
    Array.from({ length: options.threads }, async () => {
      for (let mutant = waiting.shift(); mutant !== undefined; mutant = waiting.shift()) {
        const verdict = await runMutant(mutant);
        verdicts.push(verdict);
        if (!options.json) process.stdout.write(row(verdict));
      }
    }),
  );
  const survivors = verdicts.filter(({ caughtBy }) => caughtBy === undefined);
  const seconds = Math.round((performance.now() - startedMs) / 1000);
  const sum = {
    mutants: verdicts.length,
    caught: verdicts.length - survivors.length,
    survivors: survivors.map(({ name }) => name),
    seconds,
  };
  process.stdout.write(
    options.json
      ? `${JSON.stringify({ ...sum, verdicts })}\n`
      : `${sum.caught} of ${sum.mutants} caught in ${seconds} s\n`,
  );
  return survivors.length === 0 ? 0 : 1;
}

function row({ name, seeds, caughtBy, what }: Verdict): string {
  const how = caughtBy === undefined ? "SURVIVED" : `${caughtBy.padEnd(22)} ${(what ?? "").slice(0, 90)}`;
  return `${name.padEnd(48)} ${String(seeds).padStart(4)} seeds  ${how}\n`;
}

async function runMutant(mutant: Mutant): Promise<Verdict> {
  const folder = mkdtempSync(join(tmpdir(), "mayfly-mutant-"));
  try {
    plant(mutant, folder);
    return await untilCaught(mutant, pathToFileURL(join(folder, "test/simulation/worker.ts")));
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function plant({ name, file, from, to }: Mutant, folder: string): void {
  for (const part of ["src/core", "src/adapters", "test/simulation", "package.json"])
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

async function untilCaught({ name, file }: Mutant, url: URL): Promise<Verdict> {
  const task: Task = { seeds: Array.from({ length: mostSeeds }, (_, index) => index + 1), stopAtFirst: true };
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
