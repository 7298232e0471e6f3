import { yamlReader } from "../../../src/adapters/yaml/yaml-reader.ts";
import { createApp } from "../../../src/core/app.ts";
import type { App } from "../../../src/core/app.ts";
import { poolKey } from "../../../src/core/model/pool.ts";
import type { HostAnswer } from "../../../src/core/pipeline/claim.ts";
import type { Log, Message, Ports } from "../../../src/core/ports.ts";
import { defaultTimings } from "../../../src/core/settings.ts";
import { openPolicy } from "../../../src/core/planning/policy/policy.ts";
import type { Policy } from "../../../src/core/planning/policy/policy.ts";
import { noMetrics } from "../../../src/core/metrics.ts";
import type { Settings } from "../../../src/core/settings.ts";
import { ec2Cloud, instanceTypes } from "./aws/ec2.ts";
import { lambdaCloud } from "./aws/lambda.ts";
import { chance } from "./chance.ts";
import type { Chance } from "./chance.ts";
import type { Fact, Work } from "./fact.ts";
import { swarm } from "./faults.ts";
import type { Faults } from "./faults.ts";
import { courier } from "./github/courier.ts";
import { githubEngine } from "./github/engine.ts";
import type { Engine } from "./github/engine.ts";
import { githubPort } from "./github/port.ts";
import { emptyGitHub } from "./github/state.ts";
import type { GitHubState, SimJob } from "./github/state.ts";
import type { Machine, PostHost } from "./machine.ts";
import { simQueue } from "./queue.ts";
import { scheduler } from "./scheduler.ts";
import type { Scheduler } from "./scheduler.ts";
import { callOut, invoke } from "./sim.ts";
import type { Invocation, Sim } from "./sim.ts";
import { simStore } from "./store.ts";
import type { Records } from "./store.ts";

/** A world with Mayfly in it; what invariants may ask of it. */
export type World = {
  readonly clock: Scheduler;
  readonly random: Chance;
  readonly faults: Faults;
  readonly settings: Settings;
  readonly engine: Engine;
  readonly records: Records;
  nowMs(): number;
  github(): GitHubState;
  machines(): readonly Machine[];
  /** The job in whose name the runner was launched. */
  jobOf(runnerName: string): SimJob | undefined;
  /** Jobs that we serve and that have not ended. */
  openJobs(): SimJob[];
  queueSize(): number;
  /** Launch requests that were sent again with other bytes. */
  mismatches(): readonly string[];
  /** GitHub or AWS is in a full stop, or was a moment ago, or GitHub refuses an installation for its limits. */
  isDisturbed(): boolean;
  /** Until when GitHub has said that it refuses the installation's calls. */
  limitedUntilMs(installationId: number): number;
  /** When the full stop ended; undefined as long as there was none. */
  backAtMs(): number | undefined;
  faultsStoppedAtMs(): number | undefined;
  stopFaults(): void;
  /** Takes up every fact from now on. */
  listen(listener: (fact: Fact) => void): void;
  tell(fact: Fact): void;
  /** A request to the host channel from anywhere. */
  post: PostHost;
  /** A pass of the schedule, every minute from now on. */
  startSchedule(): void;
};

export const startMs = Date.UTC(2026, 10, 22, 12);
export const servedInstallations = [5, 6] as const;

/** Digests need not be safe here, only equal for equal texts. FNV-1a, twice. */
function digest(text: string): string {
  let [low, high] = [0x811c9dc5, 0x1b873593];
  for (let index = 0; index < text.length; index += 1) {
    const code = text.charCodeAt(index);
    low = Math.imul(low ^ code, 0x01000193) >>> 0;
    high = Math.imul(high ^ (code + index), 0x85ebca6b) >>> 0;
  }
  return low.toString(16).padStart(8, "0") + high.toString(16).padStart(8, "0");
}

export function makeWorld(seed: number): World {
  const random = chance(seed);
  const clock = scheduler(startMs);
  const faults = swarm(random);
  const settings = makeSettings(random);
  const listeners: ((fact: Fact) => void)[] = [];
  const sim: Sim = { clock, random, faults, settings, tell: (fact) => listeners.forEach((listener) => listener(fact)) };
  const stops = planStops(random, faults);
  const githubDown = (): boolean => stops.isDown("github", clock.nowMs());
  const awsDown = (): boolean => stops.isDown("aws", clock.nowMs());

  const state = emptyGitHub();
  const store = simStore(sim);
  const emit = courier(sim, state, post, githubDown);
  const engine = githubEngine(sim, state, emit, githubDown);
  const port = githubPort(sim, engine, githubDown);
  const announce = (message: Message): void => queue.announce(message);
  const outside = { sim, engine, post: postHost, announce };
  const lambda = lambdaCloud(outside, awsDown);
  const quota = faults.on.includes("vcpu-quota") ? 4 + random.below(6) : 1000;
  const ec2 = ec2Cloud(outside, quota, awsDown);
  const queue = simQueue(
    sim,
    workOf,
    (invocation, message, receives) => appOf(invocation).onMessage(message, receives),
    awsDown,
  );
  const coreRandom = chance(seed + 0x5eed);
  const yaml = yamlReader();
  let faultsStoppedAtMs: number | undefined;

  function appOf(invocation: Invocation): App {
    const ports: Ports = {
      clock,
      random: coreRandom,
      signer: {
        // Tokens and sessions are secrets, digests of texts are not.
        sign: (text) => (/^(?:claim|session):/.test(text) ? `SECRET-SIGNED-${digest(text)}` : digest(text)),
        equal: (left, right) => left === right,
      },
      log: logOf(sim),
      store: store.storeOf(invocation),
      queue: queue.queueOf(invocation),
      github: port.portOf(invocation),
      compute: { lambda: lambda.providerOf(invocation), ec2: ec2.providerOf(invocation) },
      workflows: {
        jobs: () => callOut(sim, invocation, { low: 0, high: 1, reply: false }, () => []),
        facts: () => callOut(sim, invocation, { low: 0, high: 1, reply: false }, () => ({ jobs: [], unread: [] })),
      },
      yaml,
      policy: { read: async () => policy },
      metrics: noMetrics,
      roles: undefined,
    };
    return createApp(ports, settings);
  }

  function post(
    delivery: Parameters<App["onWebhook"]>[0],
    pool: string | undefined,
    answered: (ok: boolean) => void,
  ): void {
    if (awsDown()) return answered(false);
    invoke(sim, { kind: "webhook", pool }, 10, (invocation) => appOf(invocation).onWebhook(delivery), {
      done: () => answered(true),
      died: () => answered(false),
    });
  }

  function postHost(path: string, body: unknown, answered: (answer: HostAnswer | undefined) => void): void {
    const lost = faults.strikes("host-unreachable");
    if (awsDown() || (lost && random.is(0.5))) {
      clock.after(random.between(1000, 10_000), () => answered(undefined));
      return;
    }
    const runner = (body as { runner?: string }).runner ?? "";
    const work = { kind: path.slice(1), pool: jobOf(runner)?.pool };
    clock.after(random.between(20, 200), () => {
      invoke(sim, work, 25, (invocation) => appOf(invocation).onHost(path, body), {
        done: (answer) => clock.after(random.between(10, 100), () => answered(lost ? undefined : answer)),
        died: () => clock.after(random.between(1000, 10_000), () => answered(undefined)),
      });
    });
  }

  function workOf(message: Message): Work {
    const { kind } = message;
    if (kind === "job") return { kind, pool: poolKey(message.repository.id, message.job.labels) };
    if (kind === "pool") return { kind, pool: message.pool };
    if (kind === "wake") return { kind, pool: state.jobs.get(message.jobId)?.pool };
    if (kind === "reap") return { kind, pool: jobOf(message.runner)?.pool };
    return { kind, pool: undefined };
  }

  function jobOf(runnerName: string): SimJob | undefined {
    return state.jobs.get(Number(/-(\d+)-\d+$/.exec(runnerName)?.[1] ?? Number.NaN));
  }

  function pass(owner: string): void {
    if (awsDown()) return;
    invoke(sim, { kind: "schedule", pool: undefined }, 60, (invocation) => appOf(invocation).onSchedule(owner), {
      done: () => {},
      died: () => {},
    });
  }

  let passes = 0;
  const world: World = {
    clock,
    random,
    faults,
    settings,
    engine,
    records: store.records,
    nowMs: () => clock.nowMs(),
    github: () => state,
    machines: () => [...lambda.machines, ...ec2.machines],
    jobOf,
    openJobs: () => [...state.jobs.values()].filter((job) => job.kind === "served" && job.status !== "completed"),
    queueSize: () => queue.size(),
    mismatches: () => ec2.violations,
    isDisturbed: () =>
      stops.isDown("github", clock.nowMs() - 300_000) ||
      stops.isDown("aws", clock.nowMs() - 300_000) ||
      githubDown() ||
      awsDown() ||
      servedInstallations.some((id) => clock.nowMs() < port.limitedUntilMs(id) + 180_000),
    limitedUntilMs: (installationId) => port.limitedUntilMs(installationId),
    backAtMs: () => stops.endMs,
    faultsStoppedAtMs: () => faultsStoppedAtMs,
    stopFaults() {
      faults.stop();
      faultsStoppedAtMs = clock.nowMs();
    },
    tell: (fact) => sim.tell(fact),
    post: postHost,
    listen: (listener) => void listeners.push(listener),
    startSchedule() {
      passes += 1;
      pass(`schedule-${passes}`);
      if (faults.strikes("two-schedules")) clock.after(random.between(0, 3000), () => pass(`schedule-${passes}-again`));
      clock.after(60_000, () => world.startSchedule());
    },
  };
  return world;
}

/** Plain `mayfly` jobs run on Lambda, unless their repository's file says otherwise. */
const policy: Policy = {
  ...openPolicy,
  forkPullRequests: "deny",
  defaults: { execution: "lambda", "instance-types": instanceTypes },
};

function makeSettings(random: Chance): Settings {
  const maybe = (probability: number, low: number, high: number): number | undefined =>
    random.is(probability) ? Math.floor(random.between(low, high)) : undefined;
  return {
    labelPrefix: "mayfly",
    installations: servedInstallations,
    hostUrl: "https://host.example",
    region: "eu-central-1",
    caps: {
      total: maybe(0.3, 8, 30),
      executions: { lambda: maybe(0.2, 5, 20), ec2: maybe(0.2, 4, 15) },
      repository: maybe(0.3, 4, 12),
    },
    timings: defaultTimings,
    rerunLostJobs: random.is(0.5),
  };
}

/** An hour without GitHub, or without AWS, in a tenth of the seeds that have the fault at all. */
function planStops(
  random: Chance,
  faults: Faults,
): { isDown(what: "github" | "aws", atMs: number): boolean; readonly endMs: number | undefined } {
  const what = faults.strikes("github-stop") ? "github" : faults.strikes("aws-stop") ? "aws" : undefined;
  const beginMs = startMs + random.between(600_000, 1_200_000);
  const endMs = beginMs + 3_600_000;
  return {
    isDown: (which, atMs) => which === what && atMs >= beginMs && atMs < endMs,
    endMs: what === undefined ? undefined : endMs,
  };
}

function logOf(sim: Sim): Log {
  const note = (message: string, facts?: Record<string, unknown>): void => {
    const stack = facts?.["stack"];
    if (typeof stack === "string") sim.tell({ kind: "bug", text: stack });
    sim.tell({ kind: "text", where: "log line", text: `${message} ${JSON.stringify(facts ?? {})}` });
  };
  return { debug: () => {}, info: note, warn: note, error: note };
}
