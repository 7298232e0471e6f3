import { packageService } from "../../../scripts/check-template/package-template.ts";
import type { Packaged } from "../../../scripts/check-template/packaged.ts";
import { variantNames, variants } from "../../../scripts/check-template/variants.ts";
import type { Variant } from "../../../scripts/check-template/variants.ts";

/** All variants, packaged one after the other: there are few cores. */
export async function packageAll(): Promise<Record<Variant, Packaged>> {
  const made: [Variant, Packaged][] = [];
  for (const name of variantNames) made.push([name, await packageService(variants[name])]);
  return Object.fromEntries(made) as Record<Variant, Packaged>;
}
