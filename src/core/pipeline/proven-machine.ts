import type { Core } from "../core.ts";
import type { Runner } from "../model/runner.ts";
import type { MachineProof } from "../ports.ts";

/** A launch whose reply was lost may be listed only after so many seconds. */
const listedAfterSeconds = 2;

/**
 * Holds a claim against the machine that we launched: a claim token that was copied to another machine is worth
 * nothing. While the launch's reply has not come (or was lost), the cloud's list tells which machine that is.
 */
export async function provenMachine(
  core: Core,
  runner: Runner,
  proof: MachineProof | undefined,
): Promise<
  | { readonly machineId: string | undefined }
  | { readonly status: 401 }
  | { readonly status: 503; readonly retryAfterSeconds: number }
> {
  const provider = core.compute[runner.execution];
  if (provider?.identify === undefined) return { machineId: runner.machineId };
  const shown = proof && (await provider.identify(proof, runner.region));
  if (shown === undefined) return refused(core, runner, "no genuine proof of the machine");
  if (runner.machineId !== undefined) {
    return runner.machineId === shown ? { machineId: shown } : refused(core, runner, `made on ${shown}`);
  }
  const listed = (await provider.list({ region: runner.region, runnerName: runner.name })) ?? [];
  if (listed.some((machine) => machine.machineId === shown)) return { machineId: shown };
  if (listed.length > 0) return refused(core, runner, `made on ${shown}`);
  return { status: 503, retryAfterSeconds: listedAfterSeconds };
}

function refused(core: Core, runner: Runner, why: string): { readonly status: 401 } {
  core.log.warn("claim refused", { runner: runner.name, machineId: runner.machineId, why });
  return { status: 401 };
}
