import type { ComputeProvider, MachineProof } from "../../../core/ports.ts";
import type { Ec2Options } from "./ec2-options.ts";
import { identityCheck } from "./identity-check.ts";

/**
 * Tells which machine made a proof; a proof of a region that is not configured is not genuine. Throws when the
 * documents of a region could not be checked.
 */
export function ec2Identity({
  regions,
  account,
}: Pick<Ec2Options, "regions" | "account">): Required<Pick<ComputeProvider, "identify">> {
  const checks = new Map<string, (proof: MachineProof) => string | undefined>(
    Object.entries(regions).map(([region, { certificates }]) => [
      region,
      identityCheck({ region, account, certificates }),
    ]),
  );
  return { identify: async (proof, region) => checks.get(region)?.(proof) };
}
