export type SoakPlan = {
  /** Workflow jobs, spread over `runs` workflow runs as evenly as whole numbers allow. */
  readonly jobs: number;
  readonly runs: number;
  readonly installations: number;
  /** `workflow_job` deliveries that are sent twice, under the same GUID. */
  readonly duplicates: number;
  /** Deliveries by somebody who does not know the webhook secret. */
  readonly badSignatures: number;
};

const share = 0.05;
const jobsPerRun = 20;

/** Big enough that no installation comes near GitHub's 180 JIT registrations a minute. */
const mostInstallations = 40;

/** `queued`, `in_progress` and `completed`; a run has its push, and is `requested` and `completed`. */
export const deliveriesPerJob = 3;
export const deliveriesPerRun = 3;

/**
 * So many jobs and runs that they, the duplicates (5 %) and the bad ones (5 %, and what is left over by rounding) are
 * `deliveries` webhook deliveries.
 */
export function soakPlan(deliveries: number): SoakPlan {
  const duplicates = Math.round(deliveries * share);
  const genuine = deliveries - 2 * duplicates;
  const runs = Math.max(1, Math.floor(genuine / (jobsPerRun * deliveriesPerJob + deliveriesPerRun)));
  const jobs = Math.floor((genuine - runs * deliveriesPerRun) / deliveriesPerJob);
  const badSignatures = deliveries - duplicates - jobs * deliveriesPerJob - runs * deliveriesPerRun;
  return { jobs, runs, installations: Math.min(runs, mostInstallations), duplicates, badSignatures };
}
