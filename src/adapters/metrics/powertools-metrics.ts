import { Metrics as Powertools } from "@aws-lambda-powertools/metrics";
import { metricRules } from "../../core/metrics.ts";
import type { MetricName, Metrics } from "../../core/metrics.ts";

export type PowertoolsMetrics = Metrics & {
  /** Writes what was measured since the last time. To be called at the end of each invocation. */
  flush(): void;
};

type Measurement = { readonly name: MetricName; readonly value: number };

/** Powertools publishes by itself, and without dimensions, what has 100 values. */
const mostAtOnce = 50;

/**
 * Measurements as lines of the embedded metric format, which CloudWatch makes metrics of: namespace `Mayfly`, dimension
 * `stack` before those of the metric. One line for each set of dimensions, because a line is paid for as a log.
 * https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/CloudWatch_Embedded_Metric_Format_Specification.html
 */
export function powertoolsMetrics(stack: string): PowertoolsMetrics {
  const powertools = new Powertools({ namespace: "Mayfly" });
  const groups = new Map<string, { readonly dimensions: Record<string, string>; readonly measured: Measurement[] }>();
  return {
    record(name, value, dimensions) {
      if (!Number.isFinite(value)) return;
      const all = { stack, ...dimensions };
      const key = JSON.stringify(all);
      const group = groups.get(key) ?? { dimensions: all, measured: [] };
      group.measured.push({ name, value });
      groups.set(key, group);
    },
    flush() {
      const all = [...groups.values()];
      groups.clear();
      for (const { dimensions, measured } of all) publish(powertools, dimensions, measured);
    },
  };
}

function publish(
  powertools: Powertools,
  dimensions: Readonly<Record<string, string>>,
  measured: readonly Measurement[],
): void {
  for (let first = 0; first < measured.length; first += mostAtOnce) {
    // Its own dimension `service` would make every metric another one.
    powertools.clearDefaultDimensions();
    powertools.addDimensions({ ...dimensions });
    for (const { name, value } of measured.slice(first, first + mostAtOnce)) {
      powertools.addMetric(name, metricRules[name].unit, value);
    }
    powertools.publishStoredMetrics();
  }
}
