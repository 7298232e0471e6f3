/** How a runner ended, in the words of the host channel. */
export type Outcome =
  | "job-succeeded"
  | "job-succeeded-with-issues"
  | "job-failed"
  | "job-cancelled"
  | "job-skipped"
  | "job-abandoned"
  | "no-job"
  | "idle"
  | "deadline"
  | "version-refused"
  | "refused-job"
  | "crashed";

export type Ending = { readonly outcome: Outcome; readonly cause: string };

/** Why the supervisor itself asked the listener to stop, if it did. */
export type StopReason = "idle" | "deadline" | "unwanted" | "unconnected";

/** actions/runner, Constants.cs ReturnCode; 100–105 only with ACTIONS_RUNNER_RETURN_JOB_RESULT_FOR_HOSTED=1. */
const endings: Readonly<Record<number, Ending>> = {
  0: { outcome: "no-job", cause: "The runner left without a job." },
  1: { outcome: "crashed", cause: "The runner could not start or connect (exit code 1)." },
  2: { outcome: "crashed", cause: "The runner met an error it calls retryable (exit code 2)." },
  3: { outcome: "crashed", cause: "The runner wanted to update itself: the image is outdated (exit code 3)." },
  4: { outcome: "crashed", cause: "The runner wanted to update itself: the image is outdated (exit code 4)." },
  5: { outcome: "crashed", cause: "Another session exists for this runner (exit code 5)." },
  6: { outcome: "crashed", cause: "The runner's configuration was refreshed (exit code 6)." },
  7: {
    outcome: "version-refused",
    cause: "GitHub no longer accepts this version of the runner: the image is outdated.",
  },
  100: { outcome: "job-succeeded", cause: "The job succeeded." },
  101: { outcome: "job-succeeded-with-issues", cause: "The job succeeded with issues." },
  102: { outcome: "job-failed", cause: "The job failed." },
  103: { outcome: "job-cancelled", cause: "The job was cancelled." },
  104: { outcome: "job-skipped", cause: "The job was skipped." },
  105: { outcome: "job-abandoned", cause: "The job was abandoned." },
};

const stops: Readonly<Record<StopReason, Ending>> = {
  idle: { outcome: "idle", cause: "No job came in time." },
  unwanted: { outcome: "no-job", cause: "Mayfly no longer needs this runner." },
  unconnected: { outcome: "crashed", cause: "The runner did not connect to GitHub in time." },
  deadline: { outcome: "deadline", cause: "The machine reached the end of its lifetime." },
};

/**
 * What the listener's end means. A job's own result wins over our reason to stop the runner, except that a job which
 * did not finish because of the deadline is said to have ended by the deadline.
 */
export function ending(
  exitCode: number | null,
  signal: NodeJS.Signals | null,
  stopped: StopReason | undefined,
): Ending {
  const known = exitCode === null ? undefined : endings[exitCode];
  if (stopped === undefined) {
    if (known !== undefined) return known;
    const how = signal === null ? `exit code ${String(exitCode)}` : `signal ${signal}`;
    return { outcome: "crashed", cause: `The runner ended unexpectedly (${how}).` };
  }
  const finished = exitCode !== null && exitCode >= 100 && known !== undefined;
  const cutShort = exitCode === 103 || exitCode === 105;
  if (finished && !(stopped === "deadline" && cutShort)) return known;
  return stops[stopped];
}
