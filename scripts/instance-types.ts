/**
 * Writes the names of all EC2 instance types that the installed AWS SDK knows to
 * src/core/planning/machines/instance-type-names.json, for the core must not load the SDK: families by the sizes that
 * they come in. Run it after an update of @aws-sdk/client-ec2.
 *
 * With the path of moto's moto/ec2/resources/instance_types.json.gz (`pip download --no-deps moto`, a zip file), which
 * is recorded from EC2's DescribeInstanceTypes, it also writes what the tests compare families.ts with.
 */
import { readFileSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { gunzipSync } from "node:zlib";
import { _InstanceType } from "@aws-sdk/client-ec2";
import { format } from "prettier";
import { burstableFamilies, families } from "../src/core/planning/machines/families.ts";

type Description = {
  readonly VCpuInfo: { readonly DefaultVCpus: number };
  readonly MemoryInfo: { readonly SizeInMiB: number };
  readonly ProcessorInfo: { readonly SupportedArchitectures: readonly string[] };
};

await writeJson("../src/core/planning/machines/instance-type-names.json", familiesBySizes());
const recorded = process.argv[2];
if (recorded !== undefined) {
  await writeJson("../test/core/planning/machines/recorded-types.json", recordedTypes(recorded));
}

function familiesBySizes(): Record<string, string> {
  const sizesOf = new Map<string, string[]>();
  for (const name of Object.values(_InstanceType).toSorted()) {
    const [family, size] = split(name);
    sizesOf.set(family, [...(sizesOf.get(family) ?? []), size]);
  }
  const familiesOf: Record<string, string> = {};
  for (const [family, sizes] of sizesOf) {
    const key = sizes.join(" ");
    familiesOf[key] = familiesOf[key] === undefined ? family : `${familiesOf[key]} ${family}`;
  }
  return familiesOf;
}

/** vCPU, MB and architecture of the types of the families that Mayfly knows; bare metal is left out there too. */
function recordedTypes(path: string): Record<string, string> {
  const types = JSON.parse(gunzipSync(readFileSync(path)).toString()) as Record<string, Description>;
  const known = Object.entries(types).filter(([name]) => {
    const [family, size] = split(name);
    return (family in families || family in burstableFamilies) && !size.startsWith("metal");
  });
  return Object.fromEntries(
    known
      .toSorted(([left], [right]) => (left < right ? -1 : 1))
      .map(([name, { VCpuInfo, MemoryInfo, ProcessorInfo }]) => [
        name,
        [VCpuInfo.DefaultVCpus, MemoryInfo.SizeInMiB, ...ProcessorInfo.SupportedArchitectures].join(" "),
      ]),
  );
}

function split(name: string): readonly [family: string, size: string] {
  const [family, size] = name.split(".");
  if (family === undefined || size === undefined) throw new Error(`${name}: not a family and a size`);
  return [family, size];
}

async function writeJson(path: string, value: Record<string, string>): Promise<void> {
  const target = fileURLToPath(new URL(path, import.meta.url));
  const text = await format(JSON.stringify(value), { parser: "json", printWidth: 120 });
  writeFileSync(target, text);
  console.log(`${target}: ${text.length} bytes`);
}
