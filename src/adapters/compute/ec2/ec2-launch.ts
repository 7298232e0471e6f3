import { regionOfZone } from "../../../core/model/region-of-zone.ts";
import type { ComputeProvider } from "../../../core/ports.ts";
import { candidates } from "./candidates.ts";
import type { Ec2Options } from "./ec2-options.ts";
import { launch } from "./launch.ts";

/**
 * Launches machines, one call each: in the region of the subnets that a runner asks for, which all lie in one, else in
 * the installation's own.
 */
export function ec2Launch(
  options: Omit<Ec2Options, "account">,
): Required<Pick<ComputeProvider, "candidates" | "regionOf" | "launch">> {
  const { region: home, regions } = options;
  const usual = { subnets: regions[home]?.subnets ?? [] };
  return {
    candidates: (spec) => candidates(spec, usual),
    regionOf: ({ subnets }) => regionOfZone(subnets?.list[0]?.zone ?? "") ?? home,
    launch: async (request) => await launch(options, request),
  };
}
