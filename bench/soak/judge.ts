import type { Driven } from "./drive.ts";
import type { ProcessUse } from "./process-use.ts";
import type { MachineEnd } from "./soak-machine.ts";
import type { SoakPlan } from "./soak-plan.ts";
import type { WorldAccount } from "./soak-world.ts";
import type { Spread } from "./spread.ts";

export type SoakResult = {
  readonly seed: number;
  /** Webhook deliveries of all kinds. */
  readonly deliveries: number;
  readonly duplicates: number;
  readonly badSignatures: number;
  /** Badly signed deliveries that were answered 401. */
  readonly rejected: number;
  readonly kills: number;
  /** Deliveries that GitHub has recorded as failed and does not repeat: Mayfly found out by itself. */
  readonly failedDeliveries: number;
  readonly jobs: number;
  readonly jobsServedOnce: number;
  /** Jobs that did not end, or not as a success. */
  readonly lost: number;
  readonly runs: number;
  /** Runs with their one completed check run. */
  readonly reportedRuns: number;
  /** Calls of Invoke that AWS accepted: `jobs` + `repeatedLaunches` + `extraRunners`. */
  readonly launches: number;
  /** Calls for a runner that had been called for: the process died, or had no answer yet, before it was recorded. */
  readonly repeatedLaunches: number;
  /** Runners beyond one a job: what they were for, or that an earlier one was there, was told while nobody listened. */
  readonly extraRunners: number;
  readonly machineEnds: Readonly<Partial<Record<MachineEnd, number>>>;
  /** Jobs for which Mayfly was asked, and which it allowed, before their first step. */
  readonly jobsAllowed: number;
  readonly deadLetters: number;
  /** Runners, machines, slots, messages and what else there is in the end. */
  readonly left: readonly string[];
  readonly peakRssMb: number | undefined;
  /** Of all processes of the server together. */
  readonly cpuSeconds: number | undefined;
  readonly seconds: number;
  readonly deliveriesPerSecond: number;
  /** Milliseconds until GitHub had the answer to a delivery, of those that got one. */
  readonly answerMs: Spread;
  /** Why this is no success; empty when it is one. */
  readonly problems: readonly string[];
};

export type Evidence = Driven & {
  readonly plan: SoakPlan;
  readonly kills: number;
  readonly seed: number;
  readonly account: WorldAccount;
  /** State of Mayfly's record → jobs. */
  readonly jobsByState: Readonly<Record<string, number>>;
  readonly deadLetters: readonly { readonly reason: string }[];
  readonly left: readonly string[];
  readonly seconds: number;
  readonly use: ProcessUse | undefined;
};

/** The messages that the local worker may have in its hands when it dies. */
const mostInHand = 40;

/** One breach of the API description comes with every call of its kind. */
const mostFaults = 10;

/** Holds what GitHub, AWS and Mayfly's own file show in the end against what was asked for. */
export function judge(evidence: Evidence): SoakResult {
  const { plan, kills, seed, account, bad, deadLetters, left, seconds, use } = evidence;
  const { jobs, jobsServedOnce, lost, launches, runners } = account;
  const deliveries = account.deliveries + plan.badSignatures;
  const facts = {
    seed,
    deliveries,
    duplicates: account.duplicates,
    badSignatures: plan.badSignatures,
    rejected: bad["401"] ?? 0,
    kills,
    failedDeliveries: account.failedDeliveries,
    jobs,
    jobsServedOnce,
    lost,
    runs: account.runIds.length,
    reportedRuns: account.reportedRuns,
    launches,
    repeatedLaunches: launches - runners,
    extraRunners: runners - jobs,
    machineEnds: account.machineEnds,
    jobsAllowed: account.jobsAllowed,
    deadLetters: deadLetters.length,
    left,
    peakRssMb: use?.peakRssMb,
    cpuSeconds: use?.cpuSeconds,
    seconds: Math.round(seconds * 10) / 10,
    deliveriesPerSecond: Math.round((deliveries / seconds) * 10) / 10,
    answerMs: account.answerMs,
  };
  const problems = [
    ...wrongNumbers(facts, evidence),
    ...account.notServedOnce,
    ...deadLetters.map(({ reason }) => `dead letter: ${reason}`),
    ...left.map((text) => `left: ${text}`),
    ...account.faults.slice(0, mostFaults),
  ];
  return { ...facts, problems };
}

function wrongNumbers(facts: Omit<SoakResult, "problems">, evidence: Evidence): string[] {
  const { plan, bad, jobsByState, machinesAtKills } = evidence;
  const { jobs, jobsServedOnce, kills, failedDeliveries, duplicates, repeatedLaunches, extraRunners } = facts;
  const others = Object.keys(jobsByState).filter((state) => state !== "completed");
  const checks: readonly (readonly [isRight: boolean, text: string])[] = [
    [jobs === plan.jobs, `GitHub queued ${jobs} jobs instead of ${plan.jobs}`],
    [jobsServedOnce === jobs, `${jobs - jobsServedOnce} jobs were not served exactly once`],
    [facts.jobsAllowed === jobs, `${jobs - facts.jobsAllowed} jobs were not allowed before their first step`],
    [jobsByState["completed"] === jobs && others.length === 0, `Mayfly's records: ${JSON.stringify(jobsByState)}`],
    [duplicates === plan.duplicates, `${duplicates} duplicates instead of ${plan.duplicates}`],
    [facts.rejected === plan.badSignatures, `bad signatures were answered ${JSON.stringify(bad)}, not 401`],
    [facts.reportedRuns === plan.runs, `${facts.reportedRuns} of ${plan.runs} runs have their check run`],
    [repeatedLaunches <= kills * mostInHand, `${repeatedLaunches} launches were repeated, which no kill explains`],
    [
      extraRunners <= failedDeliveries + machinesAtKills,
      `${extraRunners} runners more than jobs, which no failed delivery and no kill explains`,
    ],
  ];
  return checks.flatMap(([isRight, text]) => (isRight ? [] : [text]));
}
