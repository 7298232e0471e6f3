import type { Core } from "../core.ts";
import { change } from "../model/change.ts";
import type { Runner } from "../model/runner.ts";

/** Cause of an end that is looked at once more before it happens: lists may lag behind. */
export const unneeded = "no job needs it any more";

/** Looks at the runner after `afterSeconds`: sets its due time (the schedule's net) and sends the message. */
export async function reapAt(core: Core, runner: Runner, afterSeconds: number, cause?: string): Promise<void> {
  const dueAtMs = core.clock.nowMs() + afterSeconds * 1000;
  const after = await change(core.store.runners, runner.name, (record) =>
    record.state === "ended" ? undefined : { ...record, dueAtMs, cause: cause ?? record.cause },
  );
  if (after === undefined || after.state === "ended") return;
  const group = String(runner.repository.id);
  await core.queue.send([{ message: { kind: "reap", runner: runner.name }, group, delaySeconds: afterSeconds }]);
}
