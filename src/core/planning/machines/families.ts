import type { Arch } from "../../model/machine.ts";

/** A family whose types grow with their vCPU: memory and price are so much for each of them. */
export type Family = {
  readonly arch: Arch;
  readonly gbPerVcpu: number;
  /** On demand, Linux, us-east-1; undefined: not known. */
  readonly usdPerVcpuHour: number | undefined;
  readonly sizes: string;
  /**
   * False: of an earlier generation, or `flex`, which promises full speed for 95 % of a day only and is meant for
   * machines that mostly wait (https://aws.amazon.com/ec2/instance-types/m7i/). CI keeps a CPU busy.
   */
  readonly preferred: boolean;
};

const gen5 = "large xlarge 2xlarge 4xlarge 8xlarge 12xlarge 16xlarge 24xlarge";
const flex = "large xlarge 2xlarge 4xlarge 8xlarge 12xlarge 16xlarge";
const intel6 = `${gen5} 32xlarge`;
const intel7 = `${gen5} 48xlarge`;
const intel8 = `${intel6} 48xlarge 96xlarge`;
const amd6 = `${intel6} 48xlarge`;
const amd7 = `medium ${amd6}`;
const amd8 = `medium ${intel7}`;
const arm7 = `medium ${flex}`;
const arm8 = `medium ${intel7}`;

function x64(gbPerVcpu: number, usdPerVcpuHour: number, sizes: string, preferred = true): Family {
  return { arch: "x64", gbPerVcpu, usdPerVcpuHour, sizes, preferred };
}

function arm64(gbPerVcpu: number, usdPerVcpuHour: number | undefined, sizes: string): Family {
  return { arch: "arm64", gbPerVcpu, usdPerVcpuHour, sizes, preferred: true };
}

/** Day of the prices below and of the burstable ones. */
export const pricesDate = "2026-07-20";

/**
 * The general families that jobs run on: no local disks, faster networks, accelerators or bare metal. Prices are AWS's
 * price list of `pricesDate`, read second-hand from the table that Karpenter generates out of it
 * (https://github.com/aws/karpenter-provider-aws, v1.15.1, pkg/providers/pricing). An hour of a type is the price of a
 * vCPU times its vCPU, rounded by AWS to four or five digits.
 */
export const families: Readonly<Record<string, Family>> = {
  c5: x64(2, 0.0425, "large xlarge 2xlarge 4xlarge 9xlarge 12xlarge 18xlarge 24xlarge", false),
  c5a: x64(2, 0.0385, gen5, false),
  c6a: x64(2, 0.03825, amd6),
  c6g: arm64(2, 0.034, arm7),
  c6i: x64(2, 0.0425, intel6),
  c7a: x64(2, 0.05132, amd7),
  c7g: arm64(2, 0.03625, arm7),
  c7i: x64(2, 0.044625, intel7),
  "c7i-flex": x64(2, 0.04239375, flex, false),
  c8a: x64(2, 0.053885, amd8),
  c8g: arm64(2, 0.03988, arm8),
  c8i: x64(2, 0.046855, intel8),
  "c8i-flex": x64(2, 0.04451, flex, false),
  c9g: arm64(2, 0.04347, arm8),
  m5: x64(4, 0.048, gen5, false),
  m5a: x64(4, 0.043, gen5, false),
  m6a: x64(4, 0.0432, amd6),
  m6g: arm64(4, 0.0385, arm7),
  m6i: x64(4, 0.048, intel6),
  m7a: x64(4, 0.05796, amd7),
  m7g: arm64(4, 0.0408, arm7),
  m7i: x64(4, 0.0504, intel7),
  "m7i-flex": x64(4, 0.04788, flex, false),
  m8a: x64(4, 0.06086, amd8),
  m8g: arm64(4, 0.04488, arm8),
  m8i: x64(4, 0.05292, intel8),
  "m8i-flex": x64(4, 0.050275, flex, false),
  m9g: arm64(4, 0.04892, arm8),
  r5: x64(8, 0.063, gen5, false),
  r5a: x64(8, 0.0565, gen5, false),
  r6a: x64(8, 0.0567, amd6),
  r6g: arm64(8, 0.0504, arm7),
  r6i: x64(8, 0.063, intel6),
  r7a: x64(8, 0.076075, amd7),
  r7g: arm64(8, 0.05355, arm7),
  r7i: x64(8, 0.06615, intel7),
  r8a: x64(8, 0.07988, amd8),
  r8g: arm64(8, 0.05891, arm8),
  r8i: x64(8, 0.06946, intel8),
  "r8i-flex": x64(8, 0.065985, flex, false),
  r9g: arm64(8, undefined, arm8),
};

/** vCPU of a size of these families: https://docs.aws.amazon.com/ec2/latest/instancetypes/instance-type-names.html */
export function vcpuOf(size: string): number {
  if (size === "medium") return 1;
  if (size === "large") return 2;
  return 4 * Number(size.slice(0, -"xlarge".length) || "1");
}

/** A family that has CPU credits: its sizes have their own vCPU, and cost by memory. */
export type BurstableFamily = {
  readonly arch: Arch;
  readonly usdPerGbHour: number;
  /** A vCPU-hour above the baseline, which `unlimited` instances pay: the default of these families. */
  readonly surplusUsdPerVcpuHour: number;
};

/** Prices as above; of surplus credits: https://aws.amazon.com/ec2/pricing/on-demand/ (T2/T3/T4g unlimited mode) */
export const burstableFamilies: Readonly<Record<string, BurstableFamily>> = {
  t3: { arch: "x64", usdPerGbHour: 0.0104, surplusUsdPerVcpuHour: 0.05 },
  t3a: { arch: "x64", usdPerGbHour: 0.0094, surplusUsdPerVcpuHour: 0.05 },
  t4g: { arch: "arm64", usdPerGbHour: 0.0084, surplusUsdPerVcpuHour: 0.04 },
};

/** Baseline: https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/burstable-credits-baseline-concepts.html */
export const burstableSizes = [
  { size: "nano", vcpu: 2, memoryGb: 0.5, baseline: 0.05 },
  { size: "micro", vcpu: 2, memoryGb: 1, baseline: 0.1 },
  { size: "small", vcpu: 2, memoryGb: 2, baseline: 0.2 },
  { size: "medium", vcpu: 2, memoryGb: 4, baseline: 0.2 },
  { size: "large", vcpu: 2, memoryGb: 8, baseline: 0.3 },
  { size: "xlarge", vcpu: 4, memoryGb: 16, baseline: 0.4 },
  { size: "2xlarge", vcpu: 8, memoryGb: 32, baseline: 0.4 },
] as const;
