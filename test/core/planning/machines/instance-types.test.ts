import { expect, test } from "@jest/globals";
import { _InstanceType } from "@aws-sdk/client-ec2";
import { families } from "../../../../src/core/planning/machines/families.ts";
import { instanceTypeNames, machineTypes } from "../../../../src/core/planning/machines/instance-types.ts";
import recorded from "./recorded-types.json" with { type: "json" };

test("the names are those of the installed AWS SDK: else run `node scripts/instance-types.ts`", () => {
  expect([...instanceTypeNames].toSorted()).toEqual(Object.values(_InstanceType).toSorted());
});

test("sizes, vCPU, memory and architecture are those that EC2 describes, as moto 5.2.5 recorded them", () => {
  const ec2Archs = { x64: "x86_64", arm64: "arm64" };
  const ours = [...machineTypes.values()].map(({ name, vcpu, memoryMb, arch }) => [
    name,
    `${vcpu} ${memoryMb} ${ec2Archs[arch]}`,
  ]);
  expect(Object.fromEntries(ours)).toEqual(recorded);
  expect(ours).toHaveLength(machineTypes.size);
});

test("every machine type is one that EC2 has", () => {
  expect([...machineTypes.keys()].filter((name) => !instanceTypeNames.has(name))).toEqual([]);
});

// AWS's price list, in its own digits
test.each([
  ["c5.18xlarge", 3.06],
  ["c6a.large", 0.0765],
  ["c6g.medium", 0.034],
  ["c7a.48xlarge", 9.85344],
  ["c7g.medium", 0.0363],
  ["c7i.large", 0.08925],
  ["c7i-flex.2xlarge", 0.33915],
  ["c8i.96xlarge", 17.99232],
  ["m7g.large", 0.0816],
  ["m7i-flex.large", 0.09576],
  ["m8a.medium", 0.06086],
  ["r7a.medium", 0.07608],
  ["r8g.xlarge", 0.23564],
])("%s costs $%d an hour", (name, usd) => {
  const usdPerHour = machineTypes.get(name)?.usdPerHour ?? 0;
  expect(Math.abs(usdPerHour / usd - 1)).toBeLessThan(0.002);
});

test("burstable types cost what they do with a busy CPU: the list price and surplus credits", () => {
  expect(machineTypes.get("t3.medium")?.usdPerHour).toBeCloseTo(0.0416 + 2 * 0.8 * 0.05, 6);
  expect(machineTypes.get("t3a.xlarge")?.usdPerHour).toBeCloseTo(0.1504 + 4 * 0.6 * 0.05, 6);
  expect(machineTypes.get("t4g.large")?.usdPerHour).toBeCloseTo(0.0672 + 2 * 0.7 * 0.04, 6);
});

test("a price that is not known is not made up", () => {
  expect(families["r9g"]?.usdPerVcpuHour).toBeUndefined();
  expect(machineTypes.get("r9g.large")).toMatchObject({ vcpu: 2, memoryMb: 16_384, usdPerHour: undefined });
});
