import type { Arch } from "../../../core/model/machine.ts";
import { instanceTypeNames } from "../../../core/planning/machines/instance-types.ts";
import { options } from "../../../core/planning/options.ts";
import { archOf } from "../../../core/planning/runner-config/instance-type-facts.ts";

/** Values of RunsOn's keys: https://runs-on.com/configuration/job-labels/ and …/configuration/repo-config/ */

/** More than any machine has. */
const absurd = 100_000;

/** The smallest of `4`, `[4, 8]` or `4+8` that is above 0. */
export function smallest(value: unknown): number | undefined {
  const amounts = entriesOf(value)
    .map(Number)
    .filter((amount) => amount > 0 && amount < absurd);
  return amounts.length === 0 ? undefined : Math.min(...amounts);
}

/** `[a, b]`, `a+b` or one alone. */
export function entriesOf(value: unknown): string[] {
  const list: readonly unknown[] = Array.isArray(value) ? value : [value];
  return list.flatMap((one) => {
    if (typeof one === "string") return one.split("+").map((part) => part.trim());
    return typeof one === "number" || typeof one === "boolean" ? [String(one)] : [];
  });
}

/** What `false` and the names of allocation strategies are here; undefined for words that RunsOn does not have. */
export function spotOf(value: unknown): "prefer" | "never" | undefined {
  const word = String(value).toLowerCase();
  if (word === "false") return "never";
  const strategies = "true price-capacity-optimized pco lowest-price lp capacity-optimized co".split(" ");
  return strategies.includes(word) ? "prefer" : undefined;
}

/** Sizes of `disk` where the stack's parameters were left as they are. */
const disks: Readonly<Record<string, number>> = { default: 40, large: 80 };

/** GB of `disk: large`. */
export function diskOf(value: unknown): number | undefined {
  return typeof value === "string" && Object.hasOwn(disks, value) ? disks[value] : undefined;
}

/** GB of `80gb:gp3:125mbs:3000iops`, in whatever order, and the parts that have no counterpart. */
export function volumeOf(value: unknown): { readonly gb: number | undefined; readonly rest: readonly string[] } {
  const parts = (typeof value === "number" ? `${value}gb` : typeof value === "string" ? value : "")
    .toLowerCase()
    .split(":")
    .map((part) => part.trim());
  const size = parts.find((part) => /^\d{1,6}(?:gi?b?)?$/.test(part) && Number.parseInt(part, 10) > 0);
  const rest = parts.filter((part) => part !== size && part !== "gp3" && part !== "");
  return { gb: size === undefined ? undefined : Number.parseInt(size, 10), rest };
}

/** The architecture of all families and types, if they have the same. */
export function archOfFamilies(families: readonly string[]): Arch | undefined {
  const archs = new Set(families.map((family) => archOf(`${family.replace(/[.*].*$/, "")}.large`)));
  // `c7` is c7i as well as c7g
  const isOpen = families.some((family) => /^[a-z]+\d*\*?$/.test(family));
  return archs.size === 1 && !isOpen ? [...archs][0] : undefined;
}

/** The entries that are instance types themselves, of this architecture, as many as a runner takes. */
export function instanceTypesOf(families: readonly string[], arch: Arch): string[] {
  const types = families.filter((type) => instanceTypeNames.has(type) && archOf(type) === arch);
  return [...new Set(types)].slice(0, options["instance-types"].rule.most);
}
