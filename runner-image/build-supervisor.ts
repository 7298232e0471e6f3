import { fileURLToPath } from "node:url";
import { bundleProgram } from "./bundle-program.ts";

/** Bundles the supervisor into one file. */
export async function buildSupervisor(outFile: string): Promise<void> {
  await bundleProgram(fileURLToPath(new URL("supervisor/main.ts", import.meta.url)), outFile);
}
