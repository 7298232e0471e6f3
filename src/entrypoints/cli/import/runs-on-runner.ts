import type { Arch } from "../../../core/model/machine.ts";
import type { OptionKey } from "../../../core/planning/options.ts";
import { readMapping } from "../../../core/planning/runner-config/read-mapping.ts";
import { fittingName } from "./fitting-name.ts";
import type { ImportedKey } from "./imported.ts";
import { inYaml } from "./render.ts";
import { archOfFamilies, diskOf, entriesOf, instanceTypesOf, smallest, spotOf, volumeOf } from "./runs-on-values.ts";

export type Image = {
  readonly arch: Arch | undefined;
  readonly isWindows: boolean;
  readonly ami: string | undefined;
};

type Given = {
  readonly images: ReadonlyMap<string, Image>;
  /** Says what has no counterpart: at that key of the runner, or at the runner. */
  readonly note: (key: string | undefined, message: string) => void;
};

type Source = Given & { readonly value: unknown; readonly arch: Arch };

/** The keys of a runner of Mayfly that a key of RunsOn's comes to. */
type Mapping = (source: Source) => readonly ImportedKey[];

const mappings: Readonly<Record<string, Mapping>> = {
  cpu: (source) => {
    const least = Math.ceil(smallest(source.value) ?? 0);
    return least > 0 ? [made("cpu", least, "cpu", source)] : unread("cpu", source);
  },
  ram: (source) => {
    const least = smallest(source.value);
    if (source.value === 0) return [];
    return least === undefined ? unread("ram", source) : [made("memory-gb", least, "ram", source)];
  },
  family: mapFamily,
  spot: (source) => {
    const spot = spotOf(source.value);
    return spot === undefined ? unread("spot", source) : [made("spot", spot, "spot", source)];
  },
  disk: (source) => {
    const gb = diskOf(source.value);
    if (gb === undefined) return unread("disk", source);
    return [
      { key: "disk-gb", value: gb, comment: `disk: ${inYaml(source.value)}, unless RunsOn's stack says otherwise` },
    ];
  },
  hdd: mapVolume("hdd"),
  volume: mapVolume("volume"),
  image: (source) => {
    const { value, images, note } = source;
    if (typeof value !== "string") return unread("image", source);
    const name = fittingName(value, "image");
    if (!images.has(value)) note("image", `the operator's policy.yml must define the image \`${name}\``);
    return [{ key: "image", value: name, comment: "the operator's policy must define it" }];
  },
  private: ({ value, note }) => {
    if (value !== false)
      note("private", "write `subnets: NAME`, with private subnets that the operator's policy defines");
    return [];
  },
};

/** What RunsOn has and Mayfly has not, and why not or what to do. */
const without: Readonly<Record<string, string>> = {
  ami: "images are the operator's: write `image: NAME` with a name that policy.yml defines",
  extras: "Mayfly's machines have no extras",
  "nested-virt": "nested virtualization cannot be asked for",
  preinstall: "put it into the image, or into a step of the workflow",
  prerun: "put it into the image, or into a step of the workflow",
  retry: "whether jobs run again whose machine was taken back is the operator's to set",
  ssh: "Mayfly's machines let nobody in by SSH",
  tags: "the tags of machines are Mayfly's own",
};

/** The keys of one of RunsOn's runners as Mayfly says them; undefined when there can be no such runner. */
export function readRunsOnRunner(value: unknown, given: Given): ImportedKey[] | undefined {
  const entries = readMapping(value);
  const { images, note } = given;
  if (entries === undefined) {
    note(undefined, "it is no mapping of keys and was left out");
    return undefined;
  }
  const written = new Map(entries);
  if (isWindows(written, images)) {
    note("image", "it runs Windows and was left out; Mayfly's machines are Linux");
    return undefined;
  }
  const arch = archOf(written, given);
  const keys = new Map<OptionKey, ImportedKey>([["execution", { key: "execution", value: "ec2" }]]);
  if (arch === "arm64") keys.set("arch", { key: "arch", value: arch });
  for (const [key, own] of entries) {
    if (key === "disk" && written.has("volume")) continue; // the older name of the same
    const mapping = Object.hasOwn(mappings, key) ? mappings[key] : undefined;
    if (mapping === undefined) noteMissing(key, own, note);
    for (const one of mapping?.({ ...given, value: own, arch }) ?? []) keys.set(one.key, one);
  }
  const replaced = keys.has("instance-types") ? [keys.delete("cpu"), keys.delete("memory-gb")] : [];
  if (replaced.includes(true)) note("family", "the instance types stand instead of `cpu` and `ram`");
  return [...keys.values()];
}

function isWindows(written: ReadonlyMap<string, unknown>, images: Given["images"]): boolean {
  const image = written.get("image");
  if (typeof image !== "string") return false;
  return images.get(image)?.isWindows ?? /^windows/i.test(image);
}

/** RunsOn's own images, and its default one, say it in their names: https://runs-on.com/configuration/job-labels/ */
function archOf(written: ReadonlyMap<string, unknown>, { images }: Given): Arch {
  const image = written.get("image");
  if (typeof image !== "string") return archOfFamilies(entriesOf(written.get("family"))) ?? "x64";
  return images.get(image)?.arch ?? (/arm64|aarch64/i.test(image) ? "arm64" : "x64");
}

function mapFamily(source: Source): readonly ImportedKey[] {
  const { value, arch, note } = source;
  const families = entriesOf(value);
  const types = instanceTypesOf(families, arch);
  if (types.length === 0) {
    const hint = "Mayfly takes the cheapest machine with enough CPU and memory, or those that `instance-types` lists";
    note("family", `${listed(families)}: ${hint}`);
    return [];
  }
  const rest = families.filter((family) => !types.includes(family));
  if (rest.length > 0) note("family", `left out of \`instance-types\`: ${listed(rest)}`);
  return [{ key: "instance-types", value: types, comment: "family" }];
}

function listed(names: readonly string[]): string {
  const more = names.length - 5;
  return more > 0 ? `${names.slice(0, 5).join(", ")} and ${more} more` : names.join(", ");
}

function mapVolume(key: string): Mapping {
  return (source) => {
    const { gb, rest } = volumeOf(source.value);
    if (gb === undefined) return unread(key, source);
    if (rest.length > 0) source.note(key, `${rest.join(", ")}: volumes are gp3 as AWS makes them`);
    return [made("disk-gb", gb, key, source)];
  };
}

function made(key: OptionKey, value: unknown, from: string, source: Source): ImportedKey {
  return { key, value, comment: `${from}: ${inYaml(source.value)}` };
}

function unread(key: string, { value, note }: Source): readonly ImportedKey[] {
  note(key, `\`${key}: ${inYaml(value)}\` was not understood`);
  return [];
}

function noteMissing(key: string, value: unknown, note: Given["note"]): void {
  // what is off in both needs no word
  if (value === false || value === null) return;
  const reason = Object.hasOwn(without, key) ? without[key] : "it is not known to this import";
  note(key, `\`${key}\`: ${reason ?? ""}`);
}
