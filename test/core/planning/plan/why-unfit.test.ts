import { expect, test } from "@jest/globals";
import type { Execution } from "../../../../src/core/model/execution.ts";
import type { MachineSpec } from "../../../../src/core/model/machine.ts";
import { whyUnfit } from "../../../../src/core/planning/plan/why-unfit.ts";
import { machineSpec } from "../../../helpers/machine-spec.ts";

type Machine = Parameters<typeof whyUnfit>[0];

/** A machine of EC2 that is `type`, launched for a plan with these changes. */
function machine(changes: Partial<MachineSpec> = {}, type?: string, execution: Execution = "ec2"): Machine {
  const candidate = { market: "spot", instanceType: type ?? "", subnet: "subnet-1", zone: "a" } as const;
  return {
    execution,
    spec: machineSpec({ cpu: 2, ...changes }),
    candidates: type === undefined ? [] : [candidate],
    candidateNumber: 1,
  };
}

const plan = (changes: Partial<MachineSpec> = {}, execution: Execution = "ec2") => ({
  execution,
  spec: machineSpec({ cpu: 2, ...changes }),
});
const list = [{ id: "subnet-1", zone: "a" }];

test.each<[string, Machine, ReturnType<typeof plan>]>([
  ["the same", machine(), plan()],
  ["more of everything", machine({ cpu: 4, memoryMb: 8192, diskGb: 60, timeoutMinutes: 120 }), plan()],
  ["a type that the plan names, however little is known of it", machine({}, "c7a.large"), plan({ cpu: 64 })],
  ["a type that has more than the machine was asked to have", machine({}, "m7i.xlarge"), plan({ cpu: 4 })],
  ["a plan without a number of CPUs", machine(), plan({ cpu: undefined })],
  ["the same image and network", machine({ image: { name: "big", id: "ami-1" }, subnets: { name: "in", list } }), plan({ image: { name: "big", id: "ami-2" }, subnets: { name: "in", list: [] } })], // prettier-ignore
  ["a role, which is the job's", machine({ role: "deploy" }), plan()],
  ["a spot machine for a plan that would rather have another", machine({ spot: "only" }), plan({ spot: "never" })],
])("fits: %s", (_, runner, asked) => {
  expect(whyUnfit(runner, asked)).toBeUndefined();
});

test.each<[string, Machine, ReturnType<typeof plan>]>([
  ["it is on ec2, the job's plan is lambda", machine(), plan({}, "lambda")],
  ["it has arch arm64, the job's plan has x64", machine({ arch: "arm64" }), plan()],
  ["it has image big, the job's plan has the usual", machine({ image: { name: "big", id: "ami-1" } }), plan()],
  ["it has subnets in, the job's plan has out", machine({ subnets: { name: "in", list } }), plan({ subnets: { name: "out", list } })], // prettier-ignore
  ["it has subnets in, the job's plan has the usual", machine({ subnets: { name: "in", list } }), plan()],
  ["it is c7i.large, the job's plan names g6.xlarge", machine({}, "c7i.large"), plan({ instanceTypes: ["g6.xlarge", "c7i.xlarge"] })], // prettier-ignore
  ["it has 2 vCPU, the job's plan asks for 4", machine(), plan({ cpu: 4 })],
  ["it has 2048 MB of memory, the job's plan asks for 4096", machine(), plan({ memoryMb: 4096 })],
  ["it has 4096 MB of memory, the job's plan asks for 8192", machine({}, "c7i.large"), plan({ memoryMb: 8192, instanceTypes: [] })], // prettier-ignore
  ["it has 30 GB of disk, the job's plan asks for 60", machine(), plan({ diskGb: 60 })],
  ["it has 60 minutes, the job's plan asks for 360", machine(), plan({ timeoutMinutes: 360 })],
  ["it has 0 vCPU, the job's plan asks for 2", machine({ cpu: undefined }), plan()],
])("does not fit: %s", (why, runner, asked) => {
  expect(whyUnfit(runner, asked)).toBe(why);
});
