import type { Offer } from "../../../core/planning/plan-types.ts";
import type { ComputeProvider } from "../../../core/ports.ts";
import { candidates } from "./candidates.ts";
import type { Ec2Options } from "./ec2-options.ts";
import { endedReason } from "./ended-reason.ts";
import { findInstances } from "./find-instances.ts";
import { identityCheck } from "./identity-check.ts";
import { launch } from "./launch.ts";
import { terminate } from "./terminate.ts";

/**
 * EC2 takes a burst of 5 RunInstances calls and 2 a second (Request throttling for the Amazon EC2 API, 2026). A call may
 * be made a second after its turn and be on its way for half a second more; the three turns of that time may arrive with
 * it, and one call is kept in reserve.
 */
export const runInstancesRate = { burst: 1, perSecond: 2 };

/**
 * Runners as EC2 instances, one launch call each. Throws when instance identity documents of the region could not be
 * checked.
 */
export function ec2Provider(options: Ec2Options): ComputeProvider {
  const { logGroup, launchRate = runInstancesRate } = options;
  const offer: Offer = { archs: options.arm64ImageId === undefined ? ["x64"] : ["x64", "arm64"] };
  const { claimWithinSeconds = 300, lifetimeSeconds = 21_600, usualStartSeconds = 90 } = options;
  const machineOf = identityCheck(options);
  return {
    traits: { execution: "ec2", claimWithinSeconds, lifetimeSeconds, usualStartSeconds, logGroup, launchRate, offer },
    candidates: (spec) => candidates(spec, options),
    launch: async (request) => await launch(options, request),
    terminate: async (machine) => await terminate(options, machine),
    async list(runnerName) {
      const found = await findInstances(options, { runnerName });
      return found.map(({ machineId, runnerName: name, instance }) => ({
        machineId,
        runnerName: name,
        ended: endedReason(instance),
      }));
    },
    identify: async (proof) => machineOf(proof),
  };
}
