import { expect, test } from "@jest/globals";
import { chooseInstanceTypes } from "../../../../src/core/planning/machines/choose-types.ts";
import type { MachineNeed } from "../../../../src/core/planning/machines/choose-types.ts";
import { machineTypes } from "../../../../src/core/planning/machines/instance-types.ts";

function choose(cpu: number, memoryGb: number, others: Partial<MachineNeed> = {}): string {
  return chooseInstanceTypes({ cpu, memoryMb: memoryGb * 1024, arch: "x64", globs: undefined, ...others }).join(" ");
}

test.each<[string, string, string]>([
  [
    "the default machine",
    choose(2, 4),
    "c6a.large c6i.large m6a.large c7i.large c8i.large m6i.large m7i.large c7a.large",
  ],
  [
    "the same on arm64",
    choose(2, 4, { arch: "arm64" }),
    "c6g.large c7g.large m6g.large c8g.large m7g.large c9g.large m8g.large m9g.large",
  ],
  [
    "more memory than a vCPU of c and m brings",
    choose(2, 16),
    "r6a.large r6i.large r7i.large r8i.large r7a.large r8a.large m6a.xlarge m6i.xlarge",
  ],
  ["a bit more memory than c7i.large has", choose(2, 4.001, { globs: ["c7i.*"] }), "c7i.xlarge"],
  ["an odd number of vCPU", choose(5, 4, { globs: ["c7i.*"] }), "c7i.2xlarge"],
  ["nothing so large", choose(385, 4), ""],
  ["nothing with so much memory", choose(1, 4096), ""],
  ["families of the policy", choose(2, 4, { globs: ["m7i.*", "c7a.*"] }), "m7i.large c7a.large"],
  ["sizes of the policy", choose(2, 4, { globs: ["c7?.xlarge"] }), "c7i.xlarge c7a.xlarge"],
  ["the policy allows other architectures only", choose(2, 4, { globs: ["c7g.*", "m7g.*"] }), ""],
  ["the policy allows too small ones only", choose(4, 4, { globs: ["*.large"] }), ""],
  ["the policy allows nothing", choose(2, 4, { globs: [] }), ""],
  ["the policy allows a type that Mayfly does not know", choose(2, 4, { globs: ["g5.xlarge"] }), ""],
  [
    "burstable and flex ones come last, when the policy names them",
    choose(2, 4, { globs: ["t3.*", "m7i*", "c5.*"] }),
    "m7i.large c5.large m7i-flex.large t3.medium",
  ],
])("%s", (_, chosen, expected) => {
  expect(chosen).toBe(expected);
});

test("a policy that allows everything changes nothing", () => {
  expect(choose(2, 4, { globs: ["*"] })).toBe(choose(2, 4));
});

test("types without a price come last", () => {
  const chosen = choose(2, 16, { arch: "arm64", globs: ["r*.*"] });
  expect(chosen).toBe("r6g.large r7g.large r8g.large r9g.large");
});

test("whatever is asked for, the chosen types have it, at the least price of their family", () => {
  for (const cpu of [1, 2, 3, 4, 8, 16, 48, 96, 192]) {
    for (const memoryMb of [512, 2048, 4096, 8192, 30_000, 65_536, 500_000]) {
      for (const arch of ["x64", "arm64"] as const) {
        const chosen = chooseInstanceTypes({ cpu, memoryMb, arch, globs: undefined }).map((name) =>
          machineTypes.get(name),
        );
        expect(chosen.length).toBeLessThanOrEqual(8);
        const prices = chosen.map((type) => type?.usdPerHour ?? Infinity);
        expect(prices).toEqual(prices.toSorted((left, right) => left - right));
        for (const type of chosen) {
          expect(type).toMatchObject({ arch, preferred: true });
          expect(type?.vcpu).toBeGreaterThanOrEqual(cpu);
          expect(type?.memoryMb).toBeGreaterThanOrEqual(memoryMb);
        }
        expect(new Set(chosen.map((type) => type?.family)).size).toBe(chosen.length);
      }
    }
  }
});
