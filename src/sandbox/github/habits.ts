/** What GitHub does one way at one time and another way at another, so that a test can ask for either. */
export type Habits = {
  /**
   * A job that waits for an approval is told as `queued` with the status `waiting` first, and as `waiting` after that:
   * the pair of job 12877621891 in GitHub's own webhook examples.
   */
  readonly queuedWhileWaiting: boolean;
  /** A job that its concurrency group holds back is told as `queued` when it is made; otherwise when it may go on. */
  readonly tellsHeldJobs: boolean;
  /**
   * A run of `pull_request_target` names the fork as its head repository. GitHub's own actions/checkout takes it for
   * that in `workflow_run` events; others found the base there.
   */
  readonly targetRunsShowFork: boolean;
};

/** What can be expected without a sign of anything else. */
export const GITHUB_HABITS: Habits = { queuedWhileWaiting: false, tellsHeldJobs: true, targetRunsShowFork: false };
