import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { parse } from "yaml";
import { appId } from "../../src/entrypoints/local/sandbox-names.ts";
import { githubTimings } from "../../src/entrypoints/local/sandbox-timings.ts";
import { webhookPath } from "../../src/entrypoints/local/webhook-path.ts";
import { seededPick } from "../../src/sandbox/github/seeded-pick.ts";
import { startFakeGitHub } from "../../src/sandbox/github/start.ts";
import type { FakeGitHub } from "../../src/sandbox/github/start.ts";
import { answerTimes } from "./answer-times.ts";
import { jobLedger } from "./job-ledger.ts";
import type { JobAccount } from "./job-ledger.ts";
import { spread } from "./spread.ts";
import type { Spread } from "./spread.ts";
import { startSoakAws } from "./soak-aws.ts";
import type { SoakAws } from "./soak-aws.ts";
import type { MachineEnd } from "./soak-machine.ts";
import { deliveriesPerJob } from "./soak-plan.ts";
import type { SoakPlan } from "./soak-plan.ts";
import { someOf } from "./some-of.ts";
import { workload } from "./workload.ts";

export type SoakWorldOptions = {
  readonly plan: SoakPlan;
  readonly seed: number;
  readonly dataDir: string;
  /** Mayfly's server on 127.0.0.1. */
  readonly port: number;
  /** What the App's registration holds. */
  readonly publicKey: string;
  readonly webhookSecret: string;
};

/** Where Mayfly finds the world. */
export type Place = { readonly githubUrl: string; readonly awsUrl: string; readonly instanceCertificate: string };

export type Look = {
  readonly jobsEnded: number;
  /** Machines that live. */
  readonly machines: number;
  /** What the world still has to do, in words. Empty: nothing, and it will do nothing by itself. */
  readonly open: readonly string[];
};

export type RunId = { readonly repositoryId: number; readonly id: number; readonly attempt: number };

/** What happened, as GitHub and AWS have seen it. */
export type WorldAccount = JobAccount & {
  readonly deliveries: number;
  /** Recorded as failed: nobody was there, or the answer was no 2xx. GitHub does not repeat them. */
  readonly failedDeliveries: number;
  readonly duplicates: number;
  /** Accepted calls of Lambda's Invoke, and for how many different runners. */
  readonly launches: number;
  readonly runners: number;
  readonly machineEnds: Readonly<Partial<Record<MachineEnd, number>>>;
  /** Jobs for which Mayfly was asked, and which it allowed, before their first step. */
  readonly jobsAllowed: number;
  readonly runIds: readonly RunId[];
  /** Runs whose one check run is completed. */
  readonly reportedRuns: number;
  readonly answerMs: Spread;
  readonly githubCalls: Readonly<Record<string, number>>;
  /** What broke GitHub's API description, or a machine: nothing may. */
  readonly faults: readonly string[];
};

export type SoakWorld = {
  readonly place: Place;
  /** Pushes run after run, as fast as jobs end; resolves when the last one is pushed. */
  drive(): Promise<void>;
  look(): Look;
  /** Text of a genuine `queued` delivery; undefined before the first one. */
  sample(): string | undefined;
  account(): WorldAccount;
};

/** GitHub, AWS and machines in this process, over HTTP on 127.0.0.1 like the originals. */
export async function startSoakWorld(options: SoakWorldOptions): Promise<SoakWorld> {
  const { plan, seed, dataDir, port, publicKey, webhookSecret } = options;
  const pick = seededPick(seed);
  const isDuplicate = someOf(plan.duplicates, plan.jobs * deliveriesPerJob, pick);
  const ledger = jobLedger();
  let duplicates = 0;
  const webhookUrl = `http://127.0.0.1:${port}${webhookPath}`;
  const times = answerTimes(webhookUrl);
  const github = await startFakeGitHub({
    app: {
      id: appId,
      slug: "mayfly",
      publicKeyPem: publicKey,
      permissions: await manifestPermissions(),
      events: ["workflow_job", "workflow_run", "push"],
      webhookSecret,
      webhookUrl,
    },
    faults: {
      take(service, operation) {
        if (service !== "github" || operation !== "webhook" || !isDuplicate()) return undefined;
        duplicates += 1;
        return "duplicate";
      },
    },
    timings: githubTimings,
    pick: seededPick(seed + 1),
    onEvent(event) {
      ledger.note(event);
      // for whoever reads the world's log afterwards
      if (event.type === "delivery" && !event.ok)
        process.stdout.write(`${new Date().toISOString()} ${JSON.stringify(event)}\n`);
    },
  });
  const aws = await startSoakAws(dataDir, () => ({ bootMs: 50 + pick(400), jobMs: pick(300) }));
  const work = workload(github, plan, () => ledger.open());
  return {
    place: { githubUrl: github.url, awsUrl: aws.url, instanceCertificate: aws.instanceCertificate },
    drive: () => work.drive(),
    look() {
      const machines = aws.launches.filter(({ life }) => life === undefined).length;
      return { jobsEnded: ledger.ended(), machines, open: stillOpen(github, ledger.open(), machines) };
    },
    sample: () => ledger.firstQueued(github),
    account: () => account({ github, aws, duplicates, jobs: ledger.account(aws.launches), answerMs: spread(times.ms) }),
  };
}

function stillOpen(github: FakeGitHub, openJobs: number, machines: number): string[] {
  const registered = github.runners().length;
  return [
    ...(openJobs > 0 ? [`${openJobs} jobs have not ended`] : []),
    ...(github.idle() ? [] : ["GitHub has deliveries or jobs under way"]),
    ...(registered > 0 ? [`${registered} runners are registered at GitHub`] : []),
    ...(machines > 0 ? [`${machines} machines are running`] : []),
  ];
}

type Books = {
  readonly github: FakeGitHub;
  readonly aws: SoakAws;
  readonly duplicates: number;
  readonly jobs: JobAccount;
  readonly answerMs: Spread;
};

function account({ github, aws, duplicates, jobs, answerMs }: Books): WorldAccount {
  const deliveries = github.deliveries();
  const machineEnds: Partial<Record<MachineEnd, number>> = {};
  for (const { life } of aws.launches) {
    if (life !== undefined) machineEnds[life.end] = (machineEnds[life.end] ?? 0) + 1;
  }
  const checkRuns = github.checkRuns();
  return {
    ...jobs,
    deliveries: deliveries.length,
    failedDeliveries: deliveries.filter(({ ok }) => ok === false).length,
    duplicates,
    launches: aws.launches.length,
    runners: new Set(aws.launches.map(({ runner }) => runner)).size,
    machineEnds,
    jobsAllowed: new Set(aws.launches.flatMap(({ life }) => (life?.allowed === true ? [life.jobId] : []))).size,
    runIds: github.runs().map(({ repositoryId, id, attempt }) => ({ repositoryId, id, attempt })),
    reportedRuns: checkRuns.filter(({ status }) => status === "completed").length,
    answerMs,
    githubCalls: github.calls(),
    faults: [...github.violations(), ...aws.faults],
  };
}

/** What the manifest asks for is what the installations grant. */
async function manifestPermissions(): Promise<Record<string, string>> {
  const manifest = parse(await readFile(join(import.meta.dirname, "../../app.yml"), "utf8")) as {
    readonly default_permissions: Record<string, string>;
  };
  return manifest.default_permissions;
}
