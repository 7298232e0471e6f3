import type { Execution } from "../../model/execution.ts";
import type { MachineSpec } from "../../model/machine.ts";
import type { OptionValues } from "../options.ts";
import type { Offers, RegionOf } from "../plan-types.ts";
import type { Policy, PolicyImage } from "../policy/policy.ts";
import { policyPlace } from "../policy/policy-place.ts";
import { executionNames } from "./asked.ts";
import { ec2Machine } from "./ec2-machine.ts";
import { lambdaMachine } from "./lambda-machine.ts";

/** The machine that a job would get, or why there is none. */
export type Settled = { readonly spec: MachineSpec } | NoMachine;

export type NoMachine = {
  readonly code: "MF-EXECUTION-MISSING" | "MF-POLICY" | "MF-MACHINE";
  readonly detail: string;
};

export type Given = { readonly policy: Policy; readonly offers: Offers; readonly regionOf?: RegionOf | undefined };

/** What machines of all executions have. */
export type CommonSpec = Pick<MachineSpec, "arch" | "image" | "role" | "subnets">;

/** Settles the machine of one execution: names resolved, defaults filled in, within the operator's policy. */
export function settleMachine(execution: Execution, values: OptionValues, given: Given): Settled {
  const { executions } = given.policy;
  if (executions !== undefined && !executions.includes(execution)) {
    const where = policyPlace(given.policy, "executions");
    return { code: "MF-POLICY", detail: `${executionNames[execution]} is not among the allowed executions${where}` };
  }
  if (given.offers[execution] === undefined) {
    return { code: "MF-EXECUTION-MISSING", detail: `${executionNames[execution]} is asked for` };
  }
  const common = commonSpec(execution, values, given);
  if ("code" in common) return common;
  const settled = execution === "lambda" ? lambdaMachine(values, common, given) : ec2Machine(values, common, given);
  return "spec" in settled ? (whyNotThere(execution, settled.spec, given) ?? settled) : settled;
}

/** The region of the machine follows from all of it, so that this is known last. */
function whyNotThere(
  execution: Execution,
  spec: MachineSpec,
  { policy, offers, regionOf }: Given,
): NoMachine | undefined {
  const region = regionOf?.(execution, spec);
  if (region !== undefined && policy.regions?.includes(region) === false) {
    return { code: "MF-POLICY", detail: `${region} is not among the allowed regions${policyPlace(policy, "regions")}` };
  }
  const { archs, archsByRegion } = offers[execution] ?? { archs: [] };
  const isByRegion = region !== undefined && archsByRegion !== undefined;
  const offered = isByRegion ? archsByRegion[region] : archs;
  const where = isByRegion ? `in ${region}` : "here";
  const name = executionNames[execution];
  if (offered === undefined) return { code: "MF-MACHINE", detail: `${name} has no machines ${where}` };
  // An image that the policy defines brings its architecture, whatever else is offered.
  if (spec.image?.id !== undefined || offered.includes(spec.arch)) return undefined;
  return { code: "MF-MACHINE", detail: `${name} has no ${spec.arch} machines ${where}` };
}

function commonSpec(execution: Execution, values: OptionValues, given: Given): CommonSpec | NoMachine {
  const { subnets, role } = values;
  const list = given.policy.subnets?.get(subnets ?? "") ?? [];
  const network = subnets === undefined ? undefined : { name: subnets, list };
  const image = values.image === undefined ? undefined : given.policy.images?.get(values.image);
  if (image !== undefined) {
    const found = imageSpec(execution, values, image);
    return "code" in found ? found : { ...found, role, subnets: network };
  }
  const { arch = "x64" } = values;
  // Without a policy every name is taken as it is.
  const named = values.image === undefined ? undefined : { name: values.image, id: undefined };
  return { arch, image: named, role, subnets: network };
}

/** An image of the policy, as far as it fits. */
function imageSpec(
  execution: Execution,
  { image: name = "", arch }: OptionValues,
  image: PolicyImage,
): Pick<CommonSpec, "arch" | "image"> | NoMachine {
  if (arch !== undefined && image.arch !== arch) {
    return { code: "MF-MACHINE", detail: `the image ${name} is for ${image.arch}, asked for is ${arch}` };
  }
  const id = execution === "ec2" ? image.ec2 : image.lambda;
  if (id === undefined) {
    return { code: "MF-MACHINE", detail: `the image ${name} is not made for ${executionNames[execution]}` };
  }
  return { arch: image.arch, image: { name, id } };
}
