import type { MetricName, Metrics } from "../metrics.ts";
import type { MachineUsage } from "../model/machine-usage.ts";
import type { Runner } from "../model/runner.ts";

const names = {
  cpuPercent: "HostCpu",
  memoryMb: "HostMemory",
  diskMb: "HostDisk",
  networkInMb: "HostNetworkIn",
  networkOutMb: "HostNetworkOut",
} as const satisfies Record<keyof MachineUsage, MetricName>;

/** Measures what a runner's machine says that it used, as far as it does. */
export function measureUsage(metrics: Metrics, { usage, execution }: Pick<Runner, "usage" | "execution">): void {
  if (usage === undefined) return;
  for (const key of Object.keys(names) as (keyof MachineUsage)[]) {
    const value = usage[key];
    if (value !== undefined) metrics.record(names[key], value, { execution });
  }
}
