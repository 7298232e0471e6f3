import { describe, expect, test } from "@jest/globals";
import { candidates } from "../../../src/adapters/compute/ec2/candidates.ts";

const options = {
  instanceTypes: ["c7i.large", "c7a.large"],
  subnets: [
    { id: "subnet-0a", zone: "eu-central-1a" },
    { id: "subnet-0b", zone: "eu-central-1b" },
  ],
};

const short = (found: ReturnType<typeof candidates>): string[] =>
  found.map(({ market, instanceType, subnet }) => `${market} ${instanceType} ${subnet.at(-1)}`);

describe("candidates", () => {
  test("spot first, type by type, each in every subnet; then the same on demand", () => {
    expect(short(candidates({}, options))).toEqual([
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
    expect(candidates({ spot: "only", instanceTypes: ["m7i.large"] }, options)).toEqual([
      { market: "spot", instanceType: "m7i.large", subnet: "subnet-0a", zone: "eu-central-1a" },
      { market: "spot", instanceType: "m7i.large", subnet: "subnet-0b", zone: "eu-central-1b" },
    ]);
  });

  test("the runner's definition goes before the operator's defaults", () => {
    const some = candidates({ spot: "never", instanceTypes: ["m7i.large"] }, { ...options, spot: "only" });
    expect(short(some)).toEqual(["on-demand m7i.large a", "on-demand m7i.large b"]);
    expect(short(candidates({ instanceTypes: [] }, { ...options, spot: "never" })).slice(0, 1)).toEqual([
      "on-demand c7i.large a",
    ]);
  });

  test("nothing twice", () => {
    const twice = { ...options, subnets: [...options.subnets, ...options.subnets] };
    expect(candidates({ instanceTypes: ["a1.large", "b1.large", "a1.large"], spot: "only" }, twice)).toHaveLength(4);
  });

  test("at most 30, and on demand is always among them", () => {
    const types = Array.from({ length: 20 }, (_, number) => `t${number}.large`);
    const many = candidates({ instanceTypes: types }, options);
    expect(many.map((one) => one.market)).toEqual([
      ...Array<string>(15).fill("spot"),
      ...Array<string>(15).fill("on-demand"),
    ]);
    expect(candidates({ instanceTypes: types, spot: "only" }, options)).toHaveLength(30);
    expect(candidates({ instanceTypes: types, spot: "never" }, options)).toHaveLength(30);
  });
});
