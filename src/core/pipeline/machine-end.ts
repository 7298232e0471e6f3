import type { Core } from "../core.ts";
import { change } from "../model/change.ts";
import type { Runner } from "../model/runner.ts";
import { reapAt } from "./reap-request.ts";

/** Its cloud says that the runner's machine has ended, or is ending. The record keeps the first reason. */
export async function noteMachineEnd(core: Core, runner: Runner, why: string): Promise<void> {
  if (runner.machineEnded !== undefined) return;
  await change(core.store.runners, runner.name, (record) =>
    record.state === "ended" || record.machineEnded !== undefined ? undefined : { ...record, machineEnded: why },
  );
  await reapAt(core, runner, 0);
}
