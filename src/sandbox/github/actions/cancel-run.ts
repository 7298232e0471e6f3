import type { RunRecord } from "../state.ts";
import type { World } from "../world.ts";
import { beginCancel } from "./begin-cancel.ts";
import { settle } from "./settle.ts";

/** Cancels a run: queued jobs end at once, running ones when their runner has heard of it. */
export function cancelRun(world: World, run: RunRecord): void {
  beginCancel(world, run);
  settle(world, run);
}
