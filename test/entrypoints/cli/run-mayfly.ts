import { cp, mkdtemp, readdir } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { runCli } from "../../../src/entrypoints/cli/program.ts";

const fixtures = join(import.meta.dirname, "../../fixtures/plan");

/** A temporary copy of test/fixtures/plan in which `github` folders are called `.github`; the caller removes it. */
export async function copyRepositories(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), "mayfly-cli-"));
  for (const entry of await readdir(fixtures, { withFileTypes: true })) {
    if (!entry.isDirectory()) continue;
    const from = join(fixtures, entry.name);
    const isRepository = (await readdir(from)).includes("github");
    await cp(isRepository ? join(from, "github") : from, join(folder, entry.name, isRepository ? ".github" : ""), {
      recursive: true,
    });
  }
  return folder;
}

export type Ended = { readonly code: number; readonly out: string; readonly error: string };

/** Runs a command of the program in this process. */
export async function runMayfly(...args: readonly string[]): Promise<Ended> {
  const written = { out: "", error: "" };
  const code = await runCli(args, {
    out: (text) => void (written.out += text),
    error: (text) => void (written.error += text),
  });
  return { code, ...written };
}
