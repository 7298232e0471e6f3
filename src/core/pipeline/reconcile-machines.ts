import type { Core } from "../core.ts";
import { isCallError } from "../errors/call-error.ts";
import { change } from "../model/change.ts";
import type { Execution } from "../model/execution.ts";
import type { Runner } from "../model/runner.ts";
import type { ComputeProvider, Machine } from "../ports.ts";
import { noteMachineEnd } from "./machine-end.ts";
import { reapAt } from "./reap-request.ts";

const mostRunners = 10_000;

/** Machines of one execution in one region. */
type Place = { readonly execution: Execution; readonly region: string; readonly provider: ComputeProvider };

/**
 * Holds the lists of machines against the records: a machine without an open record is ended, a record learns the
 * machine that it did not know, and one whose machine has ended is looked at. Resolves with the number of machines that
 * were ended.
 */
export async function reconcileMachines(core: Core): Promise<number> {
  const places = Object.entries(core.compute).flatMap(([execution, provider]) => {
    const { regions = [core.settings.region] } = provider.traits;
    return regions.map((region) => ({ execution: execution as Execution, region, provider }));
  });
  const ended = await Promise.all(places.map(async (place) => await look(core, place)));
  return ended.reduce((sum, count) => sum + count, 0);
}

/**
 * All regions are looked at at once and each by itself. One that does not answer is told to the operator: the others'
 * machines must not wait for it, and nothing is concluded about its own ones, because what is not listed counts as
 * missing.
 */
async function look(core: Core, place: Place): Promise<number> {
  const { execution, region, provider } = place;
  try {
    const machines = await provider.list({ region });
    return machines === undefined ? 0 : await reconcile(core, place, machines);
  } catch (error) {
    if (!isCallError(error)) throw error;
    core.log.warn("machines of a region not looked at", { execution, region, detail: error.message });
    return 0;
  }
}

async function reconcile(core: Core, place: Place, machines: readonly Machine[]): Promise<number> {
  const { execution, region, provider } = place;
  const open = await core.store.runners.list({ index: "open", key: execution, limit: mostRunners });
  const runners = new Map(open.map((runner) => [runner.name, runner]));
  const results = await Promise.all(
    machines.map(async (machine) => {
      // The index may lag behind: a record that it does not show is read before its machine is ended.
      const record = runners.get(machine.runnerName) ?? (await readUnlessGone(core, machine));
      const runner = record?.state === "ended" ? undefined : record;
      if (machine.ended !== undefined) {
        if (runner !== undefined) await noteEnd(core, runner, machine, machine.ended);
        return 0;
      }
      if (runner?.machineId === machine.machineId) return 0;
      if (runner !== undefined && runner.machineId === undefined) return await adopt(core, runner, machine);
      const about = { runner: machine.runnerName, machineId: machine.machineId };
      if (hasJustEnded(core, record, machine)) core.log.info("machine is there after its runner's end", about);
      else core.log.warn("machine without an open record", about);
      await provider.terminate({ ...machine, region });
      return 1;
    }),
  );
  const here = open.filter((runner) => runner.region === region);
  await lookAtMissing(core, here, machines);
  return results.reduce((sum, count) => sum + count, 0);
}

/**
 * A machine that works and is not listed has ended longer ago than its cloud remembers, or the list lags: GitHub knows
 * what became of its job.
 */
async function lookAtMissing(core: Core, open: readonly Runner[], machines: readonly Machine[]): Promise<void> {
  const listed = new Set(machines.map(({ machineId }) => machineId));
  const sureMs = core.clock.nowMs() - core.settings.timings.unknownMachineSeconds * 1000;
  const missing = open.filter(({ jobId, machineId, launchAtMs }) => {
    return jobId !== undefined && machineId !== undefined && !listed.has(machineId) && launchAtMs < sureMs;
  });
  await Promise.all(missing.map(async (runner) => await reapAt(core, runner, 0)));
}

/** An ended machine without an open record is nobody's concern: it is not worth a read. */
async function readUnlessGone(core: Core, machine: Machine): Promise<Runner | undefined> {
  return machine.ended === undefined ? await core.store.runners.read(machine.runnerName) : undefined;
}

/** Its machine shuts down, or the list lags: nothing that anybody has to look at. */
function hasJustEnded({ clock, settings }: Core, record: Runner | undefined, { machineId }: Machine): boolean {
  if (record?.endedAtMs === undefined || record.machineId !== machineId) return false;
  return clock.nowMs() - record.endedAtMs < settings.timings.unknownMachineSeconds * 1000;
}

/** The reply of its launch was lost, or has not come yet. */
async function adopt(core: Core, runner: Runner, { machineId }: Machine): Promise<number> {
  await change(core.store.runners, runner.name, (record): Runner | undefined => {
    if (record.machineId !== undefined || record.state === "ended") return undefined;
    // It is there, so nobody needs to ask for it again: the request might have other times by now.
    const state = record.state === "launching" ? "booting" : record.state;
    return { ...record, machineId, state, call: "over", unsure: false };
  });
  return 0;
}

async function noteEnd(core: Core, runner: Runner, { machineId }: Machine, why: string): Promise<void> {
  // A second machine of the same launch has ended, not the one that works.
  if (runner.machineId !== undefined && runner.machineId !== machineId) return;
  await noteMachineEnd(core, runner, why);
}
