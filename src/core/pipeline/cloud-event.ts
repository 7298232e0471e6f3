import type { Core } from "../core.ts";
import { done } from "../core.ts";
import { isCallError } from "../errors/call-error.ts";
import { change } from "../model/change.ts";
import type { Runner } from "../model/runner.ts";
import type { Message, Verdict } from "../ports.ts";
import { endRunner } from "./end-runner.ts";
import { noteMachineEnd } from "./machine-end.ts";

type InvocationFailed = Extract<Message, { readonly kind: "invocation-failed" }>;
type MachineMessage = Extract<Message, { readonly kind: "machine" }>;

/**
 * Lambda gave an invocation up. Nobody has claimed the runner: its record ends first, so that its token is worth
 * nothing, then its pool is evaluated. Somebody has: the machine is lost, unless what was given up is an event that was
 * never delivered. Lambda may deliver an event twice, and then the other delivery works.
 */
export async function onInvocationFailed(
  core: Core,
  { runner: name, dropped, why }: InvocationFailed,
): Promise<Verdict> {
  const runner = await core.store.runners.read(name);
  if (runner === undefined || runner.state === "ended") return done;
  if (runner.claimId === undefined) return await endRunner(core, runner, why);
  if (!dropped && runner.hostEndedAtMs === undefined) await noteMachineEnd(core, runner, why);
  return done;
}

/**
 * The cloud says something about one of the account's machines. One that no open record knows is not ours, or is over;
 * one that has just been launched may not be found yet, which the schedule makes up for.
 */
export async function onMachineEvent(core: Core, { machineId, event, why }: MachineMessage): Promise<Verdict> {
  const [runner] = await core.store.runners.list({ index: "machine", key: machineId, limit: 1 });
  if (runner === undefined) return done;
  if (event === "notice") {
    core.log.warn("machine will be taken", { runner: runner.name, machineId, why });
    await change(core.store.runners, runner.name, (record) =>
      record.notice === undefined && record.state !== "ended" ? { ...record, notice: why } : undefined,
    );
  } else if (runner.hostEndedAtMs === undefined) {
    // Nobody expected it: the cloud knows more about the reason than its event says.
    await noteMachineEnd(core, runner, (await reasonOf(core, runner)) ?? why);
  }
  return done;
}

async function reasonOf(core: Core, { execution, region, name, machineId }: Runner): Promise<string | undefined> {
  try {
    const machines = await core.compute[execution]?.list({ region, runnerName: name });
    return machines?.find((machine) => machine.machineId === machineId)?.ended;
  } catch (error) {
    if (!isCallError(error)) throw error;
    return undefined;
  }
}
