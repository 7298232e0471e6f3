import { CallError } from "../../core/errors/call-error.ts";
import type { Arch, MachineSpec } from "../../core/model/machine.ts";

/** One function whose invocations are runners. */
export type LambdaFunction = {
  /** Name or ARN. It has `TenancyConfig: PER_TENANT`, so that each runner gets an environment of its own. */
  readonly functionName: string;
  readonly memoryMb: number;
  readonly arch: Arch;
  /** Name of the image that it is made of; undefined: the default one. */
  readonly image?: string | undefined;
  /** Name of the subnets that it is in; undefined: the default ones, or none. */
  readonly subnets?: string | undefined;
};

type Wish = { readonly words: string | undefined; readonly isMet: (one: LambdaFunction) => boolean };

/**
 * Name of the function for a machine: of its image, subnets and architecture, the smallest with memory enough, of
 * equal ones the first. An image may name a function itself; that one is taken, as far as nothing known of it is
 * against it. Throws a `CallError` of kind `invalid` that says what there is not.
 */
export function chooseFunction(functions: readonly LambdaFunction[], spec: MachineSpec): string {
  const named = spec.image?.id;
  const isListed = functions.some((one) => one.functionName === named);
  if (named !== undefined && !isListed && spec.subnets === undefined) return named;
  const asked: string[] = [];
  let left = functions;
  for (const { words, isMet } of wishes(spec)) {
    left = left.filter(isMet);
    if (words !== undefined) asked.push(words);
    if (left.length === 0) throw noFunction(asked);
  }
  const [smallest] = left.toSorted((one, other) => one.memoryMb - other.memoryMb);
  if (smallest === undefined) throw noFunction(asked);
  return smallest.functionName;
}

/** What a function must be, what is asked for by name first. */
function wishes({ arch, memoryMb, image, subnets }: MachineSpec): readonly Wish[] {
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
  ];
}

function noFunction(asked: readonly string[]): CallError {
  const message = `no Lambda function has ${asked.join(" and ")}`;
  return new CallError({ service: "lambda", operation: "Invoke", kind: "invalid", message });
}
