import { mutants } from "./mutants.ts";
import { runMutant } from "./run-mutant.ts";
import type { Verdict } from "./run-mutant.ts";

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
