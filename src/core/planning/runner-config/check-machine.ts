import type { Arch } from "../../model/machine.ts";
import { instanceTypeNames } from "../machines/instance-types.ts";
import type { OptionValues } from "../options.ts";
import type { Policy } from "../policy/policy.ts";
import type { CheckedRunner } from "./checked-runner.ts";
import { archOf, nearestInstanceType } from "./instance-type-facts.ts";

/** Notes instance types that do not exist or are of another architecture, images of another one, and what is ignored. */
export function checkMachine(runner: CheckedRunner): void {
  checkInstanceTypes(runner);
  checkImage(runner);
  const { title, values, path, problems } = runner;
  if (values["instance-types"] === undefined) return;
  for (const key of ["cpu", "memory-gb"] as const) {
    if (values[key] === undefined) continue;
    const message = `\`${key}\` has no effect, because \`instance-types\` of ${title} stand instead. Remove one of the two.`;
    problems.add("MF-CONFIG-IGNORED", "key", [...path, key], message);
  }
}

/** The entries of `instance-types` that are used, each with its place in the list as it was written. */
export function writtenTypes({ values, written }: CheckedRunner): readonly (readonly [type: string, index: number])[] {
  const list: unknown = written.get("instance-types");
  const used = values["instance-types"];
  if (!Array.isArray(list) || used === undefined) return [];
  return used.map((type) => [type, list.indexOf(type)]);
}

function checkInstanceTypes(runner: CheckedRunner): void {
  const { title, values, path, problems, policy } = runner;
  const arch = effectiveArch(values, policy);
  for (const [type, index] of writtenTypes(runner)) {
    const at = [...path, "instance-types", index];
    if (!instanceTypeNames.has(type)) {
      const meant = nearestInstanceType(type);
      const remedy = meant === undefined ? "" : ` Did you mean \`${meant}\`?`;
      const message = `EC2 has no instance type \`${type}\` that this Mayfly knows.${remedy}`;
      problems.add("MF-CONFIG-INSTANCE-TYPE", "value", at, message);
    } else if (archOf(type) !== arch) {
      const message = `\`${type}\` is ${archOf(type)}, but ${title} is ${arch}${whichArch(values, policy)}.`;
      problems.add("MF-CONFIG-ARCH", "value", at, `${message} ${archRemedy(values, archOf(type), "instance type")}`);
    }
  }
}

function checkImage({ title, values, path, problems, policy }: CheckedRunner): void {
  const { image = "" } = values;
  const [arch, other] = [values.arch ?? policy.defaults.arch, policy.images?.get(image)?.arch];
  if (arch === undefined || other === undefined || other === arch) return;
  const message = `The image \`${image}\` is ${other}, but ${title} is ${arch}${whichArch(values, policy)}.`;
  problems.add("MF-CONFIG-ARCH", "value", [...path, "image"], `${message} ${archRemedy(values, other, "image")}`);
}

/** What the machine's architecture is in the end, as the planner settles it. */
function effectiveArch(values: OptionValues, { defaults, images }: Policy): Arch {
  const image = values.image ?? defaults.image;
  return values.arch ?? defaults.arch ?? images?.get(image ?? "")?.arch ?? "x64";
}

function whichArch(values: OptionValues, { defaults }: Policy): string {
  return values.arch !== undefined ? "" : defaults.arch !== undefined ? " by the operator's default" : " by default";
}

function archRemedy(values: OptionValues, arch: Arch, what: string): string {
  return values.arch === undefined ? `Add \`arch: ${arch}\`.` : `Write \`arch: ${arch}\`, or take another ${what}.`;
}
