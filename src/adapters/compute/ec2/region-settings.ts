import type { Ec2Options, Ec2Region } from "./ec2-options.ts";
import { invalidLaunch } from "./invalid-launch.ts";

/** What there is in a region. Throws a `CallError` of kind `invalid` that names the regions where something is. */
export function regionSettings({ regions }: Pick<Ec2Options, "regions">, region: string): Ec2Region {
  const settings = Object.hasOwn(regions, region) ? regions[region] : undefined;
  if (settings !== undefined) return settings;
  const configured = Object.keys(regions).join(", ") || "none";
  throw invalidLaunch(`nothing is configured for EC2 machines in the region ${region} (configured: ${configured})`);
}
