import { newestRunner } from "./newest-runner.ts";
import { pinChanges } from "./pin-changes.ts";
import { readRunnerPins, writeRunnerPins } from "./runner-pins.ts";

/**
 * Compares runner.json of the repository at `root` with the newest release and, unless it is only to `check`, writes it.
 * Resolves with what differed, a line each. Rejects, with nothing written, as `newestRunner` does.
 */
export async function pinNewestRunner(root: string, check: boolean, token: string | undefined): Promise<string[]> {
  const pins = await readRunnerPins(root);
  const newest = await newestRunner(pins, token);
  if (!check) await writeRunnerPins(root, newest);
  return pinChanges(pins, newest);
}
