import type { PricedMachine, Prices } from "./prices.ts";

/** What a machine is paid for beside the job: its start, the runner's start, its end. Seconds. */
const overheadSeconds = { lambda: 12, ec2: 55 } as const;
/** https://aws.amazon.com/ec2/pricing/on-demand/: by the second, at least 60 of them. */
const leastEc2Seconds = 60;

/** Every function that Mayfly makes has the largest /tmp; the first 512 MB are free. */
const tmpGbPaid = (10_240 - 512) / 1024;

const hoursPerMonth = 730;

/**
 * What one job of `seconds` costs on a machine of its own, USD: from the machine's start to its end, its disk and
 * address, and Mayfly itself. Logs and traffic are left out. Undefined when the machine's price is not known.
 */
export function costOf(machine: PricedMachine, seconds: number, prices: Prices): number | undefined {
  const machineUsd =
    machine.execution === "lambda" ? costOnLambda(machine, seconds, prices) : costOnEc2(machine, seconds, prices);
  return machineUsd === undefined ? undefined : machineUsd + prices.controlPlanePerJob;
}

function costOnLambda(
  { memoryMb, arch }: Extract<PricedMachine, { execution: "lambda" }>,
  seconds: number,
  { lambda }: Prices,
): number {
  const memoryGb = memoryMb / 1024;
  const perSecond = memoryGb * lambda.gbSecond[arch] + tmpGbPaid * lambda.tmpGbSecond;
  return (seconds + overheadSeconds.lambda) * perSecond + memoryGb * lambda.perGbOfTenant;
}

function costOnEc2(
  { instanceType, market, diskGb }: Extract<PricedMachine, { execution: "ec2" }>,
  seconds: number,
  prices: Prices,
): number | undefined {
  const onDemand = prices.instanceHours.get(instanceType);
  if (onDemand === undefined) return undefined;
  const instance = market === "spot" ? onDemand * prices.spotShare : onDemand;
  const perHour = instance + (diskGb * prices.diskGbMonth) / hoursPerMonth + prices.ipv4Hour;
  return (Math.max(leastEc2Seconds, seconds + overheadSeconds.ec2) * perHour) / 3600;
}

/** An amount as people read it: `$0.0025`, `$12.30`. */
export function describeUsd(usd: number): string {
  if (usd > 0 && usd < 0.00005) return "less than $0.0001";
  return usd === 0 || usd >= 0.99995 ? `$${usd.toFixed(2)}` : `$${usd.toFixed(4)}`;
}
