/** `concurrency:` of a run or of a job, evaluated. */
export type Concurrency = {
  readonly group: string;
  readonly cancelInProgress: boolean;
  /** Whether a newcomer takes the place of the one that waits, or waits behind it. */
  readonly queue: "single" | "max";
};

export type GroupMember = { readonly kind: "run" | "job"; readonly id: number };

/** Runs and jobs that share one group's name. */
export type ConcurrencyGroup = { readonly name: string; holder: GroupMember; waiting: GroupMember[] };

/** What a job of a workflow file may have to wait for, as the file says it. */
export type JobHolds = { readonly concurrency?: unknown; readonly environment?: unknown };
