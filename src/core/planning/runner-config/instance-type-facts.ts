import type { Arch } from "../../model/machine.ts";
import { instanceTypeNames, machineTypes } from "../machines/instance-types.ts";
import { nearest } from "../nearest.ts";

/**
 * Families of Graviton have a `g` behind the number of their generation, except the first one
 * (https://docs.aws.amazon.com/ec2/latest/instancetypes/instance-type-names.html); GB200 comes with Grace, an arm64 CPU.
 */
const armFamilies = /^(?:a1|[a-z]+\d+g[a-z]*|p6e-gb\d+)\./;

/** The architecture of an instance type that EC2 has. */
export function archOf(instanceType: string): Arch {
  return machineTypes.get(instanceType)?.arch ?? (armFamilies.test(instanceType) ? "arm64" : "x64");
}

/** The instance type that was probably meant: a known family with another size, or a known size with another family. */
export function nearestInstanceType(name: string): string | undefined {
  const [family = "", size = ""] = name.split(".");
  const { sizesOf, familiesOf } = known();
  const otherSize = nearest(size, sizesOf.get(family) ?? []);
  if (otherSize !== undefined) return `${family}.${otherSize}`;
  const otherFamily = nearest(family, familiesOf.get(size) ?? []);
  return otherFamily === undefined ? undefined : `${otherFamily}.${size}`;
}

type Known = {
  readonly sizesOf: ReadonlyMap<string, readonly string[]>;
  readonly familiesOf: ReadonlyMap<string, readonly string[]>;
};
let tables: Known | undefined;

/** Halves of names are compared: looking through all names for each slip of a long file would take seconds. */
function known(): Known {
  const pairs = tables === undefined ? [...instanceTypeNames].map((name) => name.split(".")) : [];
  tables ??= { sizesOf: grouped(pairs, 0, 1), familiesOf: grouped(pairs, 1, 0) };
  return tables;
}

function grouped(pairs: readonly (readonly string[])[], by: number, of: number): Map<string, string[]> {
  const groups = new Map<string, string[]>();
  for (const pair of pairs) {
    const [key = "", value = ""] = [pair[by], pair[of]];
    const group = groups.get(key);
    if (group === undefined) groups.set(key, [value]);
    else group.push(value);
  }
  return groups;
}
