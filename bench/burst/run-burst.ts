import { systemRandom } from "../../src/adapters/clock.ts";
import { memoryQueue } from "../../src/adapters/queue/memory.ts";
import type { WorkQueue } from "../../src/adapters/queue/work-queue.ts";
import { hmacSigner } from "../../src/adapters/signer.ts";
import { memoryStore } from "../../src/adapters/store/memory.ts";
import { yamlReader } from "../../src/adapters/yaml/yaml-reader.ts";
import { createApp } from "../../src/core/app.ts";
import type { App } from "../../src/core/app.ts";
import { openPolicy } from "../../src/core/planning/policy/policy.ts";
import type { Policy } from "../../src/core/planning/policy/policy.ts";
import type { Log, Ports, Store } from "../../src/core/ports.ts";
import { defaultTimings } from "../../src/core/settings.ts";
import { noMetrics } from "../../src/core/metrics.ts";
import type { Settings } from "../../src/core/settings.ts";
import { burstGitHub } from "./burst-github.ts";
import type { BurstGitHub } from "./burst-github.ts";
import { burstMachines } from "./burst-machines.ts";
import type { BurstMachines } from "./burst-machines.ts";
import { burstWorker } from "./burst-worker.ts";
import { callCounter } from "./call-counter.ts";
import type { CallCounter } from "./call-counter.ts";
import { sharedReads } from "./shared-reads.ts";
import { skippingClock } from "./skipping-clock.ts";
import type { SkippingClock } from "./skipping-clock.ts";

export type Burst = {
  readonly execution: "lambda" | "ec2";
  readonly jobs: number;
  /** Latency of every call to GitHub. */
  readonly githubMs: number;
  /** Latency of every call to compute, store and queue. */
  readonly awsMs: number;
};

export type Spread = { readonly half: number; readonly last: number };

export type BurstResult = Burst & {
  /** Launch calls that the cloud accepted; with nothing going wrong as many as jobs. */
  readonly launches: number;
  /** Jobs whose runner asked before the first step whether they may run. */
  readonly asked: number;
  /** What Mayfly logged as an error, in words: nothing goes wrong in a burst. */
  readonly errors: readonly string[];
  /** Work messages that the core got, for each job. */
  readonly messagesPerJob: number;
  /** Operation → calls for each job. */
  readonly callsPerJob: Readonly<Record<string, number>>;
  readonly sumsPerJob: Readonly<Record<"github" | "compute" | "storeReads" | "storeWrites" | "queueSends", number>>;
  /** What a stopwatch would show from the first delivery on, when half of the jobs and when all were so far. */
  readonly seconds: {
    readonly launched: Spread;
    readonly started: Spread;
    /** Every job has ended and is reported, every machine is gone, nothing is left to do. */
    readonly settled: number;
  };
  /** What the benchmark itself took: computing only, waits are skipped. */
  readonly computedSeconds: number;
};

/** The machines' own part, the same in every burst: a container starts faster than an instance. */
const bootSeconds = { lambda: 1, ec2: 20 };
const jobSeconds = 30;

const longestSeconds = 3 * 3600;

/** Caps that are never reached: keeping to a cap costs calls, so they are part of what is measured. */
const cap = 5000;

/** Lets so many jobs be queued at once and everything happen that follows. Throws when it does not end well. */
export async function runBurst(burst: Burst): Promise<BurstResult> {
  const clock = skippingClock(Date.UTC(2026, 10, 22, 12));
  const { githubMs, awsMs, execution } = burst;
  const counter = callCounter(clock, { github: githubMs, compute: awsMs, store: awsMs, queue: awsMs });
  const store = memoryStore(clock);
  const queue = memoryQueue(clock, { visibilitySeconds: 150 });
  const outside = { clock, bootSeconds: bootSeconds[execution], app: () => app, github: () => github };
  const machines = burstMachines(execution, outside);
  const github: BurstGitHub = burstGitHub(
    clock,
    { label: `mayfly/${execution}`, jobSeconds },
    async (delivery) => await app.onWebhook(delivery),
  );
  const errors: string[] = [];
  const log: Log = {
    debug() {},
    info() {},
    warn() {},
    error: (message, facts) => void errors.push(`${message}: ${String(facts?.["detail"])}`),
  };
  const inside = { clock, log, store, queue, github, machines, execution };
  const app: App = createApp(countedPorts(counter, inside), settings);
  const beganMs = clock.nowMs();
  const realMs = performance.now();
  const worker = burstWorker(app, queue, clock);
  const settledMs = await clock.runUntil(
    (async () => {
      await github.queueJobs(burst.jobs);
      await untilQuiet(clock, beganMs, async () => {
        if (machines.faults[0] !== undefined) throw new Error(machines.faults[0]);
        const open = await store.runners.list({ index: "open", key: execution });
        return open.length === 0 && github.isQuiet() && machines.running() === 0 && (await queue.size()) === 0;
      });
      const settled = clock.nowMs() - beganMs;
      await worker.stop();
      return settled;
    })(),
  );
  const dead = await queue.deadLetters();
  if (dead.length > 0) throw new Error(`${dead.length} messages were given up, first: ${dead[0]?.reason ?? ""}`);
  const launchedMs = machines.launchedAtMs.map((atMs) => atMs - beganMs);
  return {
    ...burst,
    launches: launchedMs.length,
    asked: machines.asked(),
    errors,
    messagesPerJob: rounded(worker.messages() / burst.jobs),
    ...perJob(counter.calls, burst.jobs),
    seconds: { launched: spread(launchedMs), started: spread(github.startedMs), settled: rounded(settledMs / 1000) },
    computedSeconds: rounded((performance.now() - realMs) / 1000),
  };
}

const policy: Policy = { ...openPolicy, forkPullRequests: "deny", defaults: { execution: "lambda" } };

const settings: Settings = {
  labelPrefix: "mayfly",
  installations: undefined,
  hostUrl: "https://host.example",
  region: "eu-central-1",
  caps: { total: cap, executions: { lambda: cap, ec2: cap }, repository: cap },
  timings: defaultTimings,
};

type Inside = {
  readonly clock: SkippingClock;
  readonly log: Log;
  readonly store: Store;
  readonly queue: WorkQueue;
  readonly github: BurstGitHub;
  readonly machines: BurstMachines;
  readonly execution: Burst["execution"];
};

function countedPorts(counter: CallCounter, { clock, log, store, queue, github, machines, execution }: Inside): Ports {
  const tables = Object.entries(store).map(([prefix, table]) => [prefix, counter.around(table, "store", { prefix })]);
  const { provider, local } = machines;
  return {
    clock,
    random: systemRandom,
    signer: hmacSigner(Buffer.alloc(32, 7)),
    log,
    metrics: noMetrics,
    store: Object.fromEntries(tables) as Store,
    queue: counter.around(queue, "queue"),
    github: sharedReads(counter.around(github.port, "github")),
    compute: { [execution]: counter.around(provider, "compute", { local }) },
    workflows: { jobs: async () => [], facts: async () => ({ jobs: [], unread: [] }) },
    policy: { read: async () => policy },
    roles: undefined,
    yaml: yamlReader(),
  };
}

async function untilQuiet(clock: SkippingClock, beganMs: number, isQuiet: () => Promise<boolean>): Promise<void> {
  while (!(await isQuiet())) {
    if (clock.nowMs() > beganMs + longestSeconds * 1000) throw new Error(`not over after ${longestSeconds} s`);
    await clock.sleep(100);
  }
}

const readOperations = new Set(["read", "list"]);

function perJob(calls: ReadonlyMap<string, number>, jobs: number): Pick<BurstResult, "callsPerJob" | "sumsPerJob"> {
  const entries = [...calls].toSorted(([left], [right]) => (left < right ? -1 : 1));
  const sum = (wanted: (operation: string) => boolean): number =>
    rounded(entries.reduce((total, [operation, count]) => total + (wanted(operation) ? count : 0), 0) / jobs);
  const isRead = (operation: string): boolean => readOperations.has(operation.split(".").at(-1) ?? "");
  return {
    callsPerJob: Object.fromEntries(entries.map(([operation, count]) => [operation, rounded(count / jobs)])),
    sumsPerJob: {
      github: sum((operation) => operation.startsWith("github.")),
      compute: sum((operation) => operation.startsWith("compute.")),
      storeReads: sum((operation) => operation.startsWith("store.") && isRead(operation)),
      storeWrites: sum((operation) => operation.startsWith("store.") && !isRead(operation)),
      queueSends: sum((operation) => operation.startsWith("queue.")),
    },
  };
}

function spread(times: readonly number[]): Spread {
  const sorted = times.toSorted((left, right) => left - right);
  const at = (index: number): number => rounded((sorted[index] ?? 0) / 1000);
  return { half: at(Math.ceil(sorted.length / 2) - 1), last: at(sorted.length - 1) };
}

function rounded(value: number): number {
  return Math.round(value * 1000) / 1000;
}
