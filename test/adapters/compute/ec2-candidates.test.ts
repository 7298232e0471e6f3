import { describe, expect, test } from "@jest/globals";
import { candidates } from "../../../src/adapters/compute/ec2/candidates.ts";
import type { Candidate, MachineSpec } from "../../../src/core/model/machine.ts";
import { machineSpec } from "../../helpers/machine-spec.ts";

const options = {
  subnets: [
    { id: "subnet-0a", zone: "eu-central-1a" },
    { id: "subnet-0b", zone: "eu-central-1b" },
  ],
};

const forSpec = (changes: Partial<MachineSpec>, changed: Partial<Parameters<typeof candidates>[1]> = {}): Candidate[] =>
  candidates(machineSpec({ instanceTypes: ["c7i.large", "c7a.large"], ...changes }), { ...options, ...changed });

const short = (found: readonly Candidate[]): string[] =>
  found.map(({ market, instanceType, subnet }) => `${market} ${instanceType} ${subnet.at(-1)}`);

describe("candidates", () => {
  test("spot first, type by type, each in every subnet; then the same on demand", () => {
    expect(short(forSpec({}))).toEqual([
      "spot c7i.large a",
      "spot c7i.large b",
      "spot c7a.large a",
      "spot c7a.large b",
      "on-demand c7i.large a",
      "on-demand c7i.large b",
      "on-demand c7a.large a",
      "on-demand c7a.large b",
    ]);
  });

  test("each names its zone", () => {
    expect(forSpec({ spot: "only", instanceTypes: ["m7i.large"] })).toEqual([
      { market: "spot", instanceType: "m7i.large", subnet: "subnet-0a", zone: "eu-central-1a" },
      { market: "spot", instanceType: "m7i.large", subnet: "subnet-0b", zone: "eu-central-1b" },
    ]);
  });

  test("on demand only", () => {
    const some = forSpec({ spot: "never", instanceTypes: ["m7i.large"] });
    expect(short(some)).toEqual(["on-demand m7i.large a", "on-demand m7i.large b"]);
  });

  test("nothing twice", () => {
    const subnets = [...options.subnets, ...options.subnets];
    const spec = { instanceTypes: ["a1.large", "b1.large", "a1.large"], spot: "only" } as const;
    expect(forSpec(spec, { subnets })).toHaveLength(4);
  });

  test("subnets that are asked for by name go before the operator's, and none of that name are none", () => {
    const list = [{ id: "subnet-0c", zone: "eu-central-1c" }];
    expect(short(forSpec({ subnets: { name: "private", list } })).slice(0, 2)).toEqual([
      "spot c7i.large c",
      "spot c7a.large c",
    ]);
    expect(forSpec({ subnets: { name: "nowhere", list: [] } })).toEqual([]);
  });

  test("at most 30, and on demand is always among them", () => {
    const types = Array.from({ length: 20 }, (_, number) => `t${number}.large`);
    const many = forSpec({ instanceTypes: types });
    expect(many.map((one) => one.market)).toEqual([
      ...Array<string>(15).fill("spot"),
      ...Array<string>(15).fill("on-demand"),
    ]);
    expect(forSpec({ instanceTypes: types, spot: "only" })).toHaveLength(30);
    expect(forSpec({ instanceTypes: types, spot: "never" })).toHaveLength(30);
  });
});
