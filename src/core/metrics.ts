/** What is measured, for whoever draws or alarms on it: each with its unit and exactly these dimensions. */
export const metricRules = {
  /** A job of ours was heard of for the first time. */
  JobsQueued: { unit: "Count", dimensions: [] },
  /** It gets no runner. */
  JobsRefused: { unit: "Count", dimensions: [] },
  /** `conclusion`: `success`, `failure`, `cancelled`, `lost` (its machine died) or `other`. */
  JobsEnded: { unit: "Count", dimensions: ["execution", "conclusion"] },
  /** From the job's queueing at GitHub to its start on a runner of ours. */
  QueueToStart: { unit: "Seconds", dimensions: ["execution"] },
  RunTime: { unit: "Seconds", dimensions: ["execution"] },
  /** A machine was accepted by its cloud. */
  Launches: { unit: "Count", dimensions: ["execution"] },
  /** A launch that was given up, or whose job has to wait for it. */
  LaunchFailures: { unit: "Count", dimensions: [] },
  /** A machine ended under its job. */
  RunnersLost: { unit: "Count", dimensions: [] },
  /** US dollars by list prices, from claim to end. */
  RunnerCost: { unit: "None", dimensions: ["execution"] },
  /** Each minute, `state`: `launching`, `booting`, `idle` or `busy`. */
  Runners: { unit: "Count", dimensions: ["execution", "state"] },
  /** Each minute, where there is a cap; `scope`: an execution or `total`. */
  RunnerCap: { unit: "Count", dimensions: ["scope"] },
  /** Each minute: jobs that have no runner of theirs running yet, and those of them that wait for a cap or for room. */
  JobsUnstarted: { unit: "Count", dimensions: [] },
  JobsWaiting: { unit: "Count", dimensions: [] },
  /** Sweep found jobs that no delivery had announced. */
  UnheardJobs: { unit: "Count", dimensions: [] },
  /** Failed deliveries that sweep has fetched. */
  FailedDeliveries: { unit: "Count", dimensions: [] },
  /** Calls that GitHub still allows this hour, of the installation that the answer was for. */
  GitHubCallsLeft: { unit: "Count", dimensions: [] },
  /** Days since the image of the Lambda runner was made. */
  ImageAge: { unit: "None", dimensions: [] },
  /** What a machine used, as its host tells at its end. */
  HostCpu: { unit: "Percent", dimensions: ["execution"] },
  HostMemory: { unit: "Megabytes", dimensions: ["execution"] },
  HostDisk: { unit: "Megabytes", dimensions: ["execution"] },
  HostNetworkIn: { unit: "Megabytes", dimensions: ["execution"] },
  HostNetworkOut: { unit: "Megabytes", dimensions: ["execution"] },
} as const satisfies Record<string, { readonly unit: MetricUnit; readonly dimensions: readonly string[] }>;

/** As CloudWatch spells them. */
export type MetricUnit = "Count" | "Seconds" | "Percent" | "Megabytes" | "None";

export type MetricName = keyof typeof metricRules;

type Dimensions<Name extends MetricName> = Readonly<Record<(typeof metricRules)[Name]["dimensions"][number], string>>;

/** Measurements. Never a repository, a job or a person among the dimensions: each combination costs by the month. */
export type Metrics = {
  /** Never rejects, never waits. */
  record<Name extends MetricName>(name: Name, value: number, dimensions: Dimensions<Name>): void;
};

/** Measures nothing. */
export const noMetrics: Metrics = { record: () => undefined };
