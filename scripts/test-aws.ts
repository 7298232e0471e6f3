/**
 * Judges the adapters for AWS by moto, an AWS that others have written: `npm run test:aws`, or `npm run test:aws -- sqs`
 * for some of the services. Needs python3 with venv; moto comes from PyPI and is kept below node_modules/.cache.
 */
import { join, resolve } from "node:path";
import { judgement, judgementText } from "./moto/judgement.ts";
import { pythonVenv } from "./python-venv.ts";
import { runJest } from "./moto/run-jest.ts";
import { judged } from "./moto/judged.ts";
import type { Judged } from "./moto/judged.ts";
import { startMoto } from "./moto/start-moto.ts";

const root = resolve(import.meta.dirname, "..");
const moto = {
  folder: join(root, "node_modules/.cache/mayfly/moto"),
  requirement: "moto[server]==5.2.5",
  leastPython: [3, 10],
} as const;

function chosen(names: readonly string[]): readonly Judged[] {
  const unknown = names.find((name) => !judged.some(({ file }) => file === name));
  if (unknown === undefined) return names.length === 0 ? judged : judged.filter(({ file }) => names.includes(file));
  throw new Error(`there is no service ${unknown}: choose of ${judged.map(({ file }) => file).join(", ")}`);
}

/** Resolves with true when every service that was asked for was judged, and nothing failed. */
async function testAws(names: readonly string[], signal: AbortSignal): Promise<boolean> {
  const asked = chosen(names);
  const { python, version } = await pythonVenv({ ...moto, signal, say: (words) => console.log(words) });
  const server = await startMoto(python);
  try {
    console.log(`${moto.requirement} on Python ${version} stands for AWS`);
    const files = await runJest(
      asked.map(({ file }) => file),
      { root, motoUrl: server.url, signal },
    );
    const verdicts = judgement(asked, files);
    const good = verdicts.every(({ failures }) => failures.length === 0);
    if (!good) console.log(`What moto complained about last:\n${server.complaints() || "nothing"}\n`);
    console.log(judgementText(verdicts));
    return good;
  } finally {
    await server.end();
  }
}

const stop = new AbortController();
for (const name of ["SIGINT", "SIGTERM", "SIGHUP"] as const) process.once(name, () => stop.abort());
try {
  process.exitCode = (await testAws(process.argv.slice(2), stop.signal)) ? 0 : 1;
} catch (error) {
  console.error(`test:aws: ${error instanceof Error ? error.message : String(error)}`);
  process.exitCode = 1;
}
