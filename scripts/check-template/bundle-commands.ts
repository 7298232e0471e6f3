import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { buildFunction } from "../build/build-function.ts";
import { functions } from "../build/functions.ts";
import { sdkCommands } from "../build/sdk-commands.ts";
import type { Commands } from "./iam/subjects.ts";

/** The calls to AWS that each function's bundle can make, as it is built from what lies here; `dist` is not touched. */
export async function bundleCommands(): Promise<Commands> {
  const folder = await mkdtemp(join(tmpdir(), "mayfly-bundles-"));
  try {
    const built = functions.map(async (one) => [one.name, sdkCommands(await buildFunction(one, folder))] as const);
    return Object.fromEntries(await Promise.all(built));
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
