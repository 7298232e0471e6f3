import { CallError } from "../../../core/errors/call-error.ts";
import type { Arch, MachineSpec } from "../../../core/model/machine.ts";
import type { LambdaOptions } from "./lambda-options.ts";

/** One function whose invocations are runners. */
export type LambdaFunction = {
  /** Name or ARN. It has `TenancyConfig: PER_TENANT`, so that each runner gets an environment of its own. */
  readonly functionName: string;
  readonly memoryMb: number;
  readonly arch: Arch;
  /** Default: that of the ARN, else the installation's own. */
  readonly region?: string | undefined;
  /** Name of the image that it is made of; undefined: the default one. */
  readonly image?: string | undefined;
  /** Name of the subnets that it is in; undefined: the default ones, or none. */
  readonly subnets?: string | undefined;
};

/** A function, and where it is. */
export type PlacedFunction = { readonly functionName: string; readonly region: string };

type Placed = LambdaFunction & PlacedFunction;
type Wish = { readonly words: string | undefined; readonly isMet: (one: Placed) => boolean };

/**
 * The function for a machine: of its image, subnets and architecture, the smallest with memory enough, of equal ones one
 * in the installation's own region, then the first. An image may name a function itself; that one is taken, as far as
 * nothing known of it is against it. With `within` only functions of that region count, so that a launch finds the one
 * that was there when its region was settled. Throws a `CallError` of kind `invalid` that says what there is not.
 */
export function chooseFunction(
  { functions, region: home }: Pick<LambdaOptions, "functions" | "region">,
  spec: MachineSpec,
  within?: string,
): PlacedFunction {
  const all = functions.map((one): Placed => ({ ...one, region: one.region ?? regionOf(one.functionName, home) }));
  const named = spec.image?.id;
  const isListed = all.some((one) => one.functionName === named);
  if (named !== undefined && !isListed && spec.subnets === undefined) {
    const region = regionOf(named, home);
    if (within === undefined || region === within) return { functionName: named, region };
  }
  const asked: string[] = [];
  let left: readonly Placed[] = all;
  for (const { words, isMet } of wishes(spec, within)) {
    left = left.filter(isMet);
    if (words !== undefined) asked.push(words);
    if (left.length === 0) throw noFunction(asked, all);
  }
  const away = ({ region }: Placed): number => (region === home ? 0 : 1);
  const [best] = left.toSorted((one, other) => one.memoryMb - other.memoryMb || away(one) - away(other));
  if (best === undefined) throw noFunction(asked, all);
  return { functionName: best.functionName, region: best.region };
}

/** An ARN says where its function is. */
function regionOf(functionName: string, home: string): string {
  return /^arn:[^:]+:lambda:([^:]+):/.exec(functionName)?.[1] ?? home;
}

/** What a function must be, what is asked for by name first. */
function wishes({ arch, memoryMb, image, subnets }: MachineSpec, within: string | undefined): readonly Wish[] {
  const named = image?.id;
  return [
    named === undefined
      ? {
          words: image === undefined ? "the default image" : `the image "${image.name}"`,
          isMet: (one) => one.image === image?.name,
        }
      : { words: `the name ${named}`, isMet: (one) => one.functionName === named },
    subnets === undefined
      ? // a function that the image names is where it is
        { words: undefined, isMet: (one) => named !== undefined || one.subnets === undefined }
      : { words: `the subnets "${subnets.name}"`, isMet: (one) => one.subnets === subnets.name },
    { words: `the architecture ${arch}`, isMet: (one) => one.arch === arch },
    { words: `${memoryMb} MB of memory`, isMet: (one) => one.memoryMb >= memoryMb },
    // last: what there is nowhere is not missing because of the region
    ...(within === undefined ? [] : [{ words: `the region ${within}`, isMet: (one: Placed) => one.region === within }]),
  ];
}

function noFunction(asked: readonly string[], all: readonly Placed[]): CallError {
  const regions = [...new Set(all.map(({ region }) => region))].join(", ");
  const where = regions === "" ? "none is configured" : `those that are configured are in ${regions}`;
  const message = `no Lambda function has ${asked.join(" and ")} (${where})`;
  return new CallError({ service: "lambda", operation: "Invoke", kind: "invalid", message });
}
