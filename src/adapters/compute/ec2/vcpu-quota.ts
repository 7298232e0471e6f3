import type { Candidate } from "../../../core/model/machine.ts";

/** Quota codes (Service Quotas, `ec2`): on demand and spot, where there is one. Every other family is standard. */
const families: Readonly<Record<string, readonly [words: string, onDemand: string, spot: string | undefined]>> = {
  dl: ["DL", "L-6E869C2A", "L-85EED4F7"],
  f: ["F", "L-74FC7D96", "L-88CF9481"],
  g: ["G and VT", "L-DB2E81BA", "L-3819A6DF"],
  vt: ["G and VT", "L-DB2E81BA", "L-3819A6DF"],
  hpc: ["HPC", "L-F7808C92", undefined],
  inf: ["Inf", "L-1945791B", "L-B5D1601B"],
  p: ["P", "L-417A185B", "L-7212CCBC"],
  trn: ["Trn", "L-2C3B7624", "L-6B0D517C"],
  u: ["High Memory", "L-43DA4232", undefined],
  x: ["X", "L-7295265B", "L-E3A00192"],
};
const standard = ["Standard", "L-1216C47A", "L-34B43A08"] as const;

/** Name and code of the quota that counts a candidate's vCPUs, as Service Quotas shows them. */
export function vcpuQuota({ market, instanceType }: Pick<Candidate, "market" | "instanceType">): string {
  const family = /^[a-z]+/.exec(instanceType)?.[0] ?? "";
  const [words, onDemand, spot] = (Object.hasOwn(families, family) ? families[family] : undefined) ?? standard;
  if (market === "on-demand") return `Running On-Demand ${words} instances (${onDemand})`;
  return `All ${words} Spot Instance Requests${spot === undefined ? "" : ` (${spot})`}`;
}
