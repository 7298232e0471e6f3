import { describe, expect, test } from "@jest/globals";
import type { PastJob } from "../../../../src/core/planning/history.ts";
import { defaultPrices } from "../../../../src/core/planning/machines/prices.ts";
import { isUpToAuto } from "../../../../src/core/planning/plan/plan.ts";
import { nowMs, planInputOf, planned } from "./planned.ts";
import type { Written } from "./planned.ts";

describe("what nobody asks for is as the docs say", () => {
  test("Lambda: 3008 MB, 10 GB, 14 minutes", () => {
    expect(planned({ labels: ["mayfly/lambda"] })).toMatchObject({
      outcome: "launch",
      runner: "lambda",
      execution: "lambda",
      spec: { arch: "x64", cpu: 1.7, memoryMb: 3008, diskGb: 10, timeoutMinutes: 14 },
      priority: 1,
      caps: {},
    });
  });

  test("EC2: 2 vCPU, 4 GB, 30 GB, spot preferred, the cheapest types of the newer families", () => {
    const outcome = planned({ labels: ["mayfly/ec2"] });
    expect(outcome).toMatchObject({
      outcome: "launch",
      execution: "ec2",
      spec: { arch: "x64", cpu: 2, memoryMb: 4096, diskGb: 30, timeoutMinutes: 360, spot: "prefer" },
    });
    expect(outcome.outcome === "launch" && outcome.spec.instanceTypes?.slice(0, 2)).toEqual(["c6a.large", "c6i.large"]);
  });
});

describe("where a job runs", () => {
  test.each([
    ["the label's built-in name", ["mayfly/ec2"], "", "ec2", "the label mayfly/ec2 says so"],
    [
      "the file",
      ["mayfly/b"],
      "runners: {b: {execution: lambda}}",
      "lambda",
      ".github/runner.yml says so for mayfly/b",
    ],
    ["a key that only EC2 has", ["mayfly/b"], "runners: {b: {spot: only}}", "ec2", "asks for what only EC2 has"],
    ["a size that only EC2 has", ["mayfly/b"], "runners: {b: {memory-gb: 16}}", "ec2", "asks for what only EC2 has"],
    ["an override that only EC2 has", ["mayfly/disk-gb=40"], "", "ec2", "asks for what only EC2 has"],
    [
      "a label set",
      ["linux", "self-hosted", "b"],
      "runners: {b: {labels: [self-hosted, Linux, b], execution: ec2}}",
      "ec2",
      ".github/runner.yml says so for the runner b",
    ],
    // 4 vCPU on Lambda need more memory than the one function has
    ["sizes that Lambda's function does not have", ["mayfly/cpu=4"], "", "ec2", "Lambda is out of the question"],
  ])("%s", (_, labels, file, execution, because) => {
    const outcome = planned({ labels, file });
    expect(outcome).toMatchObject({ outcome: "launch", execution });
    expect(outcome.outcome === "launch" && outcome.reasons[0]).toContain(because);
  });

  test("auto: the workflows, the history and the prices, in one sentence", () => {
    const history = Array.from({ length: 23 }, (_, index): PastJob => {
      return { execution: "lambda", seconds: index < 12 ? 20 : 41, atMs: nowMs - index * 1000 };
    });
    const outcome = planned({ labels: ["mayfly"], workflows: [{}, {}, {}], history });
    expect(outcome).toMatchObject({
      outcome: "launch",
      execution: "lambda",
      runner: "default",
      estimate: { seconds: 20 },
      alternatives: [{ execution: "ec2", machine: "c6a.large" }],
    });
    expect(outcome.outcome === "launch" && outcome.reasons[0]).toMatch(
      /^Lambda: 3 jobs use this label, none needs Docker or sudo, .*p95 41 s over 23 runs, about \$0\.00\d+ against \$0\.00\d+ on c6a\.large$/,
    );
  });

  test("auto is asked only where both would do", () => {
    expect(isUpToAuto(planInputOf({ labels: ["mayfly"] }))).toBe(true);
    expect(isUpToAuto(planInputOf({ labels: ["mayfly"], file: "runners: {default: {execution: auto}}" }))).toBe(true);
    expect(isUpToAuto(planInputOf({ labels: ["mayfly/ec2"] }))).toBe(false);
    expect(isUpToAuto(planInputOf({ labels: ["mayfly/cpu=4"] }))).toBe(false);
    expect(isUpToAuto(planInputOf({ labels: ["mayfly/missing"] }))).toBe(false);
    expect(isUpToAuto(planInputOf({ labels: ["ubuntu-latest"] }))).toBe(false);
    expect(isUpToAuto(planInputOf({ labels: ["mayfly"], policy: "executions: [ec2]" }))).toBe(false);
  });

  test("the operator's defaults shape what nobody else says, and never contradict it", () => {
    const policy = "defaults: {execution: ec2, disk-gb: 50, spot: never, instance-types: [m7i.large]}";
    expect(planned({ labels: ["mayfly"], policy })).toMatchObject({
      execution: "ec2",
      spec: { diskGb: 50, spot: "never", instanceTypes: ["m7i.large"] },
    });
    expect(planned({ labels: ["mayfly/lambda"], policy })).toMatchObject({ execution: "lambda", spec: { diskGb: 10 } });
    // auto takes Lambda, which cannot have some of them
    const large = "defaults: {timeout-minutes: 60, disk-gb: 50, spot: never}";
    expect(planned({ labels: ["mayfly"], policy: large, workflows: [{}] })).toMatchObject({
      execution: "lambda",
      spec: { timeoutMinutes: 14, diskGb: 10 },
    });
    const sized = planned({ labels: ["mayfly/cpu=8"], policy });
    expect(sized.outcome === "launch" && sized.spec.instanceTypes).not.toContain("m7i.large");
  });
});

const networks = "subnets: {far: [{id: subnet-01234567, zone: us-west-2a}]}\nregions: [us-west-2]\n";

/** An installation in eu-central-1 with EC2 in us-west-2 too, which alone has arm64. */
const twoRegions: Written["more"] = {
  regionOf: (_, { subnets }) => (subnets === undefined ? "eu-central-1" : "us-west-2"),
  offers: {
    lambda: { archs: ["x64"], memoryMb: [3008] },
    ec2: { archs: ["x64"], archsByRegion: { "eu-central-1": ["x64"], "us-west-2": ["x64", "arm64"] } },
  },
};

describe("a machine in another region", () => {
  const far = { labels: ["mayfly/b"], policy: networks, more: twoRegions };

  test("is held against what there is there, and allowed there", () => {
    const file = "runners: {b: {execution: ec2, subnets: far, arch: arm64}}";
    expect(planned({ ...far, file })).toMatchObject({
      outcome: "launch",
      spec: { arch: "arm64", subnets: { name: "far", list: [{ id: "subnet-01234567", zone: "us-west-2a" }] } },
    });
  });

  test("is where a job goes that may not run at home", () => {
    const regionOf = (execution: string): string => (execution === "ec2" ? "us-west-2" : "eu-central-1");
    const outcome = planned({
      labels: ["mayfly"],
      policy: networks,
      workflows: [{}],
      more: { ...twoRegions, regionOf },
    });
    expect(outcome).toMatchObject({
      execution: "ec2",
      reasons: [expect.stringContaining("eu-central-1 is not among the allowed regions (policy.yml:2)")],
    });
  });
});

describe("what cannot be", () => {
  const policy = "maxima: {cpu: 8, memory-gb: 16, disk-gb: 100, timeout-minutes: 60}\ninstance-types: [c7i.*]\n";
  const images = "images:\n  arm: {arch: arm64, ec2: ami-0a1b2c3d4e5f60718}\n  tools: {arch: x64, lambda: tools}\n";

  test.each<[string, Written, string, string]>([
    [
      "a runner that is not defined",
      { labels: ["mayfly/biuld"], file: "runners: {build: }" },
      "MF-LABEL-RUNNER",
      "build",
    ],
    ["an execution without a provider", { labels: ["mayfly/microvm"] }, "MF-EXECUTION-MISSING", "Lambda MicroVM"],
    ["more than the operator allows", { labels: ["mayfly/ec2/cpu=9"], policy }, "MF-POLICY", "above 8 (policy.yml:1)"],
    ["more time than allowed", { labels: ["mayfly/ec2/timeout-minutes=90"], policy }, "MF-POLICY", "above 60"],
    [
      "a type that no glob names",
      { labels: ["mayfly/b"], file: "runners: {b: {instance-types: [m7i.large]}}", policy },
      "MF-POLICY",
      "m7i.large",
    ],
    [
      "a named type that is larger than allowed",
      { labels: ["mayfly/b"], file: "runners: {b: {instance-types: [c7i.8xlarge]}}", policy },
      "MF-POLICY",
      "32 vCPU",
    ],
    [
      "an execution that is not allowed",
      { labels: ["mayfly/ec2"], policy: "executions: [lambda]" },
      "MF-POLICY",
      "EC2",
    ],
    [
      "a name that the policy does not define",
      { labels: ["mayfly/b"], file: "runners: {b: {image: ubuntu}}", policy: images },
      "MF-POLICY",
      "`image: ubuntu` is not defined (defined: arm, tools)",
    ],
    ["another architecture than there is", { labels: ["mayfly/ec2/arch=arm64"] }, "MF-MACHINE", "no arm64 machines"],
    [
      "an image of another architecture",
      { labels: ["mayfly/b"], file: "runners: {b: {image: arm, arch: x64}}", policy: images },
      "MF-MACHINE",
      "is for arm64",
    ],
    [
      "an image that is not made for the execution",
      { labels: ["mayfly/b"], file: "runners: {b: {image: tools, execution: ec2}}", policy: images },
      "MF-MACHINE",
      "not made for EC2",
    ],
    ["no machine that is large enough", { labels: ["mayfly/ec2/cpu=5000"] }, "MF-MACHINE", "5000 vCPU"],
    ["a function that is not there", { labels: ["mayfly/lambda/memory-gb=6"] }, "MF-MACHINE", "3008 MB"],
    [
      "another region",
      { labels: ["mayfly/ec2"], policy: "regions: [eu-west-1]", more: { regionOf: () => "us-east-1" } },
      "MF-POLICY",
      "us-east-1",
    ],
    [
      "a machine at home, where the operator allows another region only",
      { labels: ["mayfly/ec2"], policy: networks, more: twoRegions },
      "MF-POLICY",
      "eu-central-1 is not among the allowed regions (policy.yml:2)",
    ],
    [
      "a network in a region without machines",
      { labels: ["mayfly/ec2"], policy: "", more: { ...twoRegions, regionOf: () => "sa-east-1" } },
      "MF-MACHINE",
      "EC2 has no machines in sa-east-1",
    ],
    [
      "an architecture that there is in another region only",
      { labels: ["mayfly/ec2/arch=arm64"], policy: "", more: twoRegions },
      "MF-MACHINE",
      "EC2 has no arm64 machines in eu-central-1",
    ],
    ["a stranger", { labels: ["mayfly"], policy: "", job: { trust: { kind: "fork", from: "a/b" } } }, "MF-FORK", "a/b"],
    [
      "a public repository",
      { labels: ["mayfly"], policy: "", job: { publicRepository: true } },
      "MF-PUBLIC-REPOSITORY",
      "public",
    ],
    [
      "an override that the operator does not allow",
      { labels: ["mayfly/cpu=4"], policy: "label-overrides: [spot]" },
      "MF-LABEL-OVERRIDE",
      "spot",
    ],
  ])("%s is refused with a code and a sentence", (_, written, code, detail) => {
    expect(planned(written)).toMatchObject({ outcome: "refuse", code, detail: expect.stringContaining(detail) });
  });

  test("a day's budget that is spent is waited for", () => {
    const more = { history: { jobs: [], spentTodayUsd: 5 } };
    expect(planned({ labels: ["mayfly/ec2"], policy: "daily-budget-usd: 5", more })).toMatchObject({
      outcome: "wait",
      code: "MF-BUDGET",
    });
    expect(planned({ labels: ["mayfly/ec2"], policy: "daily-budget-usd: 5.01", more }).outcome).toBe("launch");
  });

  test("a near miss is nobody's, and says what was meant", () => {
    expect(planned({ labels: ["mayfly-build"] })).toMatchObject({
      outcome: "not-ours",
      nearMiss: expect.stringContaining("mayfly/build"),
    });
  });
});

describe("never a reason to refuse", () => {
  test("a price that is not known", () => {
    const prices = { ...defaultPrices, instanceHours: new Map<string, number>() };
    expect(planned({ labels: ["mayfly/ec2"], more: { prices } })).toMatchObject({
      outcome: "launch",
      estimate: { usd: undefined },
    });
  });

  test("a broken file of which no good version is known: its names run by the defaults", () => {
    const more = { brokenFile: ".github/runner.yml: 3:5 There is no key" };
    const outcome = planned({ labels: ["mayfly/build"], more, workflows: [] });
    expect(outcome).toMatchObject({ outcome: "launch", runner: "build" });
    expect(outcome.outcome === "launch" && outcome.reasons.at(-1)).toContain(
      "because of errors in .github/runner.yml: 3:5",
    );
  });

  test("an image brings its architecture, though no other machine of it is offered", () => {
    const policy = "images: {arm: {arch: arm64, ec2: ami-0a1b2c3d4e5f60718}}";
    expect(planned({ labels: ["mayfly/b"], file: "runners: {b: {image: arm, execution: ec2}}", policy })).toMatchObject(
      {
        spec: { arch: "arm64", image: { name: "arm", id: "ami-0a1b2c3d4e5f60718" } },
      },
    );
  });
});

test("caps: the repository can only tighten what the operator allows", () => {
  const file = "max-runners: 20\nrunners: {Build: {execution: ec2, max-runners: 3, priority: 9}}";
  expect(planned({ labels: ["mayfly/build"], file, policy: "max-runners: {repository: 10}" })).toMatchObject({
    runner: "Build",
    priority: 9,
    caps: { repository: 10, runner: { name: "build", most: 3 } },
  });
  expect(planned({ labels: ["mayfly/build"], file, policy: "max-runners: {repository: 30}" })).toMatchObject({
    caps: { repository: 20 },
  });
});
