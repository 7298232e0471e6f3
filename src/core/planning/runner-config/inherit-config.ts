import type { Arch } from "../../model/machine.ts";
import type { OptionKey, OptionValues } from "../options.ts";
import type { Policy } from "../policy/policy.ts";
import { labelSet } from "./check-labels.ts";
import { archOf } from "./instance-type-facts.ts";
import { canRun } from "./possible.ts";
import type { RunnerConfig, RunnerDefinition } from "./runner-config.ts";

type Images = Policy["images"];

/**
 * What several files say together, the nearest first: the repository's, then the organisation's. Runners are joined by
 * name and key by key, lists are replaced as a whole; a key of the nearer file wins, and what contradicts it is not
 * inherited (see `inheritValues`). Name and line of a runner are those of the nearest file that has it. `images`: of the
 * operator's policy, for their architectures.
 */
export function inheritConfig(layers: readonly RunnerConfig[], images?: Images): RunnerConfig {
  let merged: RunnerConfig = { runners: new Map(), file: {} };
  for (const layer of layers) merged = join(merged, layer, images);
  return merged;
}

function join(nearer: RunnerConfig, further: RunnerConfig, images: Images): RunnerConfig {
  const runners = new Map<string, RunnerDefinition>(nearer.runners);
  const taken = new Set(
    [...nearer.runners.values()].flatMap(({ values: { labels } }) => (labels ? [labelSet(labels)] : [])),
  );
  for (const [key, definition] of further.runners) {
    const own = runners.get(key);
    // Two runners with the same set of labels: nobody would know whose jobs they are.
    const { labels, ...rest } = definition.values;
    const given = labels === undefined || taken.has(labelSet(labels)) ? rest : definition.values;
    runners.set(key, { ...(own ?? definition), values: own ? inheritValues(own.values, given, images) : given });
  }
  return { runners, file: { ...further.file, ...nearer.file } };
}

/**
 * The nearer values, with those of the further ones that they leave open. Left out is what contradicts a nearer value:
 * an execution that cannot have one of the nearer keys, or a key that the nearer execution cannot have (or not so much
 * of); `cpu` and `memory-gb` beside nearer `instance-types` and the other way round; another architecture, be it by
 * `arch`, by instance type or by image. The operator's defaults are the furthest values of every runner.
 */
export function inheritValues(nearer: OptionValues, further: OptionValues, images?: Images): OptionValues {
  const execution = nearer.execution ?? (fitsOn(nearer, further.execution) ? further.execution : undefined);
  const keys = Object.keys(further) as OptionKey[];
  const inherited = keys.flatMap((key): [string, unknown][] => {
    if (further[key] === undefined || nearer[key] !== undefined || key === "execution") return [];
    const one: OptionValues = { [key]: further[key] };
    const contradicts = contradictsMachine(one, nearer) || contradictsMachine(nearer, one);
    const fits = fitsOn(one, execution) && !contradicts && !contradictsArch(one, nearer, images);
    return fits ? [[key, further[key]]] : [];
  });
  return { ...nearer, ...Object.fromEntries(inherited), ...(execution === undefined ? {} : { execution }) };
}

/** Where `auto` may go, anything can be. */
function fitsOn(values: OptionValues, execution: OptionValues["execution"]): boolean {
  return execution === undefined || execution === "auto" || canRun(values, execution);
}

/** Types are named on the one side, sizes on the other. */
function contradictsMachine(left: OptionValues, right: OptionValues): boolean {
  return left["instance-types"] !== undefined && (right.cpu !== undefined || right["memory-gb"] !== undefined);
}

function contradictsArch(left: OptionValues, right: OptionValues, images: Images): boolean {
  const [one, other] = [archBy(left, images), archBy(right, images)];
  return one !== undefined && other !== undefined && one !== other;
}

/** The architecture that these values ask for in one way or another. */
function archBy(values: OptionValues, images: Images): Arch | undefined {
  const [type] = values["instance-types"] ?? [];
  return values.arch ?? (type === undefined ? images?.get(values.image ?? "")?.arch : archOf(type));
}
