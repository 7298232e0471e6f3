import type { Timings } from "../../core/settings.ts";

/** The product's waits, made short: everything that one fault can delay ends within two minutes on a small machine. */
export const sandboxTimings: Timings = {
  mostReceives: 12,
  callPatienceSeconds: 8,
  staleAfterSeconds: 10,
  poolDelaySeconds: 2,
  bootSeconds: 40,
  idleSeconds: 40,
  shutdownSeconds: 30,
  reapAfterSeconds: 5,
  verifyAfterSeconds: 5,
  backoffSeconds: [5, 10, 20],
  slotSeconds: 120,
  leaseSeconds: 20,
  reportDelaySeconds: 1,
  reportFallbackSeconds: 4,
  reportEverySeconds: 5,
  capacityMemorySeconds: 10,
  quotaMemorySeconds: 3,
  unknownMachineSeconds: 15,
  fileSeconds: 60,
  ownersFileSeconds: 60,
  sweepBackSeconds: 3600,
};

export const scheduleEveryMs = 2000;

/** Forty machines that start at once on two cores need their time, and so does Mayfly when it was killed and comes back. */
export const claimWithinSeconds = 40;
export const lifetimeSeconds = 900;
export const visibilitySeconds = 15;
export const instanceClaimWithinSeconds = 50;

/** Of the machines' own programs: how often they look for a notice of their end, and ship their logs. */
export const pollSeconds = 1;
export const shipSeconds = 1;

/** A spot interruption strikes a job that has run for so long, and its machine ends so long after the notice. */
export const spotStrikeMs = 2500;
export const spotNoticeMs = 1500;

/** GitHub's own waits, made short in the same way. */
export const githubTimings = {
  jobLockMs: 20_000,
  pickUpMs: 20_000,
  silentRunnerMs: 20_000,
  idleRunnerRemovalMs: 60_000,
  offlineRunnerRemovalMs: 600_000,
} as const;
