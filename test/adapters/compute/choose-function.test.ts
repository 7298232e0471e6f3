import { describe, expect, test } from "@jest/globals";
import { chooseFunction } from "../../../src/adapters/compute/lambda/choose-function.ts";
import type { LambdaFunction } from "../../../src/adapters/compute/lambda/choose-function.ts";
import type { MachineSpec } from "../../../src/core/model/machine.ts";
import { machineSpec } from "../../helpers/machine-spec.ts";

const functions: readonly LambdaFunction[] = [
  { functionName: "x-3008", memoryMb: 3008, arch: "x64" },
  { functionName: "x-2048", memoryMb: 2048, arch: "x64" },
  { functionName: "x-2048-again", memoryMb: 2048, arch: "x64" },
  { functionName: "arm-4096", memoryMb: 4096, arch: "arm64" },
  { functionName: "x-2048-tools", memoryMb: 2048, arch: "x64", image: "tools" },
  { functionName: "x-5000-tools", memoryMb: 5000, arch: "x64", image: "tools" },
  { functionName: "x-5000-tools-inside", memoryMb: 5000, arch: "x64", image: "tools", subnets: "inside" },
  { functionName: "x-2048-inside", memoryMb: 2048, arch: "x64", subnets: "inside" },
];
const region = "eu-central-1";
const image = (name: string, id?: string): Pick<MachineSpec, "image"> => ({ image: { name, id } });
const inside = { subnets: { name: "inside", list: [] } };

test.each<[Partial<MachineSpec>, string]>([
  [{}, "x-2048"],
  [{ memoryMb: 128 }, "x-2048"],
  [{ memoryMb: 2049 }, "x-3008"],
  [{ memoryMb: 3008 }, "x-3008"],
  [{ arch: "arm64" }, "arm-4096"],
  [image("tools"), "x-2048-tools"],
  [{ ...image("tools"), memoryMb: 4096 }, "x-5000-tools"],
  [{ ...image("tools"), ...inside }, "x-5000-tools-inside"],
  [inside, "x-2048-inside"],
  // the operator's policy names the function
  [image("tools", "x-5000-tools"), "x-5000-tools"],
  [image("tools", "x-5000-tools-inside"), "x-5000-tools-inside"],
  [{ ...image("tools", "x-5000-tools-inside"), ...inside }, "x-5000-tools-inside"],
  [image("other", "arn:aws:lambda:eu-central-1:123456789012:function:other"), "arn:aws:lambda:eu-central-1:123456789012:function:other"], // prettier-ignore
  // sizes and architectures of what is not listed are not known here
  [{ ...image("other", "other"), memoryMb: 10_240, arch: "arm64" }, "other"],
])("%j gets %s", (changes, functionName) => {
  expect(chooseFunction({ functions, region }, machineSpec(changes))).toEqual({ functionName, region });
});

test.each<[Partial<MachineSpec>, string]>([
  [{ memoryMb: 3009 }, "the default image and the architecture x64 and 3009 MB of memory"],
  [{ arch: "arm64", memoryMb: 4097 }, "the default image and the architecture arm64 and 4097 MB of memory"],
  [image("nothing"), 'the image "nothing"'],
  [{ ...image("tools"), arch: "arm64" }, 'the image "tools" and the architecture arm64'],
  [{ subnets: { name: "outside", list: [] } }, 'the default image and the subnets "outside"'],
  [{ ...image("other", "other"), ...inside }, "the name other"],
  [{ ...image("tools", "x-2048-tools"), ...inside }, 'the name x-2048-tools and the subnets "inside"'],
  [{ ...image("tools", "x-2048-tools"), memoryMb: 4096 }, "the name x-2048-tools and the architecture x64 and 4096 MB"],
  [{ ...image("tools", "x-2048-tools"), arch: "arm64" }, "the name x-2048-tools and the architecture arm64"],
])("%j is refused: no Lambda function has %s", (changes, words) => {
  const choose = (): object => chooseFunction({ functions, region }, machineSpec(changes));
  expect(choose).toThrow(
    expect.objectContaining({
      facts: {
        kind: "invalid",
        service: "lambda",
        operation: "Invoke",
        message: expect.stringContaining(`no Lambda function has ${words}`),
      },
    }),
  );
});

test("without any function everything is refused", () => {
  expect(() => chooseFunction({ functions: [], region }, machineSpec())).toThrow(
    "no Lambda function has the default image (none is configured)",
  );
});

describe("functions of several regions", () => {
  const arn = "arn:aws:lambda:us-west-2:123456789012:function:far-tools";
  const spread: readonly LambdaFunction[] = [
    { functionName: "far", memoryMb: 2048, arch: "x64", region: "us-west-2" },
    { functionName: "near", memoryMb: 2048, arch: "x64" },
    { functionName: "far-large", memoryMb: 3008, arch: "x64", region: "us-west-2" },
    { functionName: "near-large", memoryMb: 4096, arch: "x64" },
    { functionName: "inside", memoryMb: 2048, arch: "x64", subnets: "inside", region: "us-west-2" },
    { functionName: arn, memoryMb: 2048, arch: "x64", image: "tools" },
  ];
  const far = "us-west-2";
  const cases: readonly (readonly [Partial<MachineSpec>, string, string])[] = [
    // of equal ones the near one, whatever the order; the size counts more
    [{}, "near", region],
    [{ memoryMb: 3000 }, "far-large", far],
    [{ memoryMb: 4096 }, "near-large", region],
    [inside, "inside", far],
    [image("tools"), arn, far],
    [image("tools", arn), arn, far],
    // not listed: an ARN says its region, a name means the installation's own
    [image("other", "arn:aws:lambda:ap-south-1:123456789012:function:other"), "arn:aws:lambda:ap-south-1:123456789012:function:other", "ap-south-1"], // prettier-ignore
    [image("other", "other"), "other", region],
  ];

  test.each(cases)("%j gets %s in %s", (changes, functionName, at) => {
    expect(chooseFunction({ functions: spread, region }, machineSpec(changes))).toEqual({ functionName, region: at });
  });

  test.each(cases)("%j gets the same within its region: %s", (changes, functionName, at) => {
    const chosen = { functionName, region: at };
    expect(chooseFunction({ functions: spread, region }, machineSpec(changes), at)).toEqual(chosen);
  });

  test("within a region no other one's function is taken, and the message says where there are some", () => {
    const options = { functions: spread, region };
    expect(chooseFunction(options, machineSpec(), far)).toEqual({ functionName: "far", region: far });
    expect(() => chooseFunction(options, machineSpec(inside), region)).toThrow(
      'and the subnets "inside" and the architecture x64 and 2048 MB of memory and the region eu-central-1 (those',
    );
    expect(() => chooseFunction(options, machineSpec(), "sa-east-1")).toThrow(
      "and the region sa-east-1 (those that are configured are in us-west-2, eu-central-1)",
    );
    expect(() => chooseFunction(options, machineSpec(image("other", "other")), "sa-east-1")).toThrow(
      "the name other (",
    );
  });
});
