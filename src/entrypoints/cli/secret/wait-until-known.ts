import { secretsFreshMs } from "../../../adapters/secrets/app-secrets.ts";
import type { Write } from "../program.ts";
import type { Outside } from "./outside.ts";

/** A read takes a moment. */
const marginMs = 30_000;
/** AWS's clock and this computer's may differ by minutes: what was written so long ago is old by both. */
const surelyOldMs = 1_200_000;

/**
 * Waits until every function has read the present version of the secret: they keep what they have read for some minutes.
 * `writtenAtMs`: when it was written by AWS's clock; undefined: just now. Whoever breaks it off loses nothing, the same
 * command goes on.
 */
export async function waitUntilKnown(
  writtenAtMs: number | undefined,
  { clock, sleep }: Outside,
  write: Write,
): Promise<void> {
  const nowMs = clock.nowMs();
  if (writtenAtMs !== undefined && nowMs - writtenAtMs >= surelyOldMs) return;
  const waitMs = secretsFreshMs + marginMs;
  write.out(
    `Waiting until ${timeOfDay(nowMs + waitMs)}, for every function to have read it. ` +
      "Ctrl-C is harmless: the same command goes on.\n",
  );
  await sleep(waitMs);
}

/** `15:04:05 UTC`. */
export function timeOfDay(ms: number): string {
  return `${new Date(ms).toISOString().slice(11, 19)} UTC`;
}
