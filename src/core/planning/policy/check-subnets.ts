import { regionOfZone } from "../../model/region-of-zone.ts";
import { listWords } from "../runner-config/describe-value.ts";
import type { ProblemList } from "../runner-config/problem-list.ts";
import { readMapping } from "../runner-config/read-mapping.ts";
import type { Policy } from "./policy.ts";
import { policyPlace } from "./policy-place.ts";

/**
 * Notes networks that do not lie in one region, and those in a region that the policy does not allow: a machine has all
 * subnets of its network to choose from, and one region. `written` is the value of `subnets` as the file has it.
 */
export function checkSubnets(written: unknown, policy: Policy, problems: ProblemList): void {
  for (const [name, list] of readMapping(written) ?? []) {
    const zones = zonesOf(list);
    const [first] = zones;
    if (first === undefined) continue;
    const other = zones.find(({ region }) => region !== first.region);
    const note = (code: "MF-CONFIG-VALUE" | "MF-CONFIG-POLICY", index: number, message: string): void =>
      problems.add(code, "value", ["subnets", name, index, "zone"], message);
    if (other !== undefined) {
      const message = `\`${other.zone}\` is in ${other.region}, but the network \`${name}\` begins in ${first.region}. A network lies in one region: make two of it.`;
      note("MF-CONFIG-VALUE", other.index, message);
    } else if (policy.regions?.includes(first.region) === false) {
      const allowed = `${listWords(policy.regions, "and")}${policyPlace(policy, "regions")}`;
      note(
        "MF-CONFIG-POLICY",
        first.index,
        `\`${first.zone}\` is in ${first.region}, but \`regions\` allows only ${allowed}.`,
      );
    }
  }
}

type Zone = { readonly index: number; readonly zone: string; readonly region: string };

/** What is no zone has a problem of its own. */
function zonesOf(list: unknown): Zone[] {
  if (!Array.isArray(list)) return [];
  return list.flatMap((subnet: unknown, index) => {
    const zone = new Map(readMapping(subnet)).get("zone");
    const region = typeof zone === "string" ? regionOfZone(zone) : undefined;
    return typeof zone === "string" && region !== undefined ? [{ index, zone, region }] : [];
  });
}
