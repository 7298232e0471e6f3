import { createHmac } from "node:crypto";
import { memoryQueue } from "../../../src/adapters/queue/memory.ts";
import type { WorkQueue } from "../../../src/adapters/queue/work-queue.ts";
import { memoryStore } from "../../../src/adapters/store/memory.ts";
import { createApp } from "../../../src/core/app.ts";
import type { App } from "../../../src/core/app.ts";
import { openPolicy } from "../../../src/core/planning/policy/policy.ts";
import type { Policy } from "../../../src/core/planning/policy/policy.ts";
import type { WorkflowsFacts } from "../../../src/core/planning/workflows/workflow-facts.ts";
import type { ComputeProvider, JobFacts, Log, Ports, RoleCredentials, Store } from "../../../src/core/ports.ts";
import { defaultTimings } from "../../../src/core/settings.ts";
import type { MetricName } from "../../../src/core/metrics.ts";
import type { Settings } from "../../../src/core/settings.ts";
import { virtualClock } from "../virtual-clock.ts";
import type { VirtualClock } from "../virtual-clock.ts";
import { mortalStore } from "./mortal-store.ts";
import type { Mortal } from "./mortal-store.ts";
import { jobPayload, runPayload, worldGitHub } from "./github.ts";
import type { WorldGitHub } from "./github.ts";
import { worldMachines } from "./machines.ts";
import type { WorldMachines } from "./machines.ts";
import { worldEc2 } from "./ec2.ts";
import type { WorldEc2 } from "./ec2.ts";
import { yamlReader } from "../../../src/adapters/yaml/yaml-reader.ts";

/** A measurement that the core gave. */
export type Measured = {
  readonly name: MetricName;
  readonly value: number;
  readonly dimensions: Readonly<Record<string, string>>;
};

export type World = {
  readonly app: App;
  readonly clock: VirtualClock;
  readonly store: Store;
  readonly queue: WorkQueue;
  readonly github: WorldGitHub;
  readonly compute: WorldMachines;
  readonly ec2: WorldEc2;
  readonly mortal: Mortal;
  readonly logged: string[];
  /** As the host key signs. */
  readonly sign: (text: string) => string;
  readonly measured: readonly Measured[];
  readonly settings: Settings;
  /** The operator may change it at any time. */
  readonly policy: { now: Policy };
  /** GitHub queues a job and delivers the event `times` times (0: the delivery fails and is recorded as failed). */
  queueJob(changes?: Partial<JobFacts>, times?: number): Promise<JobFacts>;
  deliver(action: string, job: JobFacts, guid?: string): Promise<void>;
  /** GitHub says that the workflow run has ended. */
  endRun(runId?: number): Promise<void>;
  /** Lets everything happen for so many seconds: messages, machines, GitHub's assignments, the schedule. */
  run(seconds: number): Promise<void>;
  /** Handles the messages that are due now. */
  work(): Promise<void>;
};

export type WorldOptions = {
  readonly settings?: Partial<Settings>;
  readonly jobSeconds?: number;
  /** Instead of one in memory. */
  readonly store?: (clock: VirtualClock) => Store;
  /** Instead of the world's own EC2. */
  readonly ec2?: ComputeProvider;
  /** Chooses among fitting runners; default: the first. */
  readonly pick?: (count: number) => number;
  /** Instead of one that allows everything and has Lambda as the default. */
  readonly policy?: Partial<Policy>;
  /** What the repository's workflow files say. */
  readonly workflows?: WorkflowsFacts;
  readonly roles?: RoleCredentials;
  /** Drops an event of GitHub, which records the delivery as failed. */
  readonly drop?: (action: string, job: JobFacts) => boolean;
  /** An event of which GitHub never even attempts a delivery. */
  readonly forget?: (action: string, job: JobFacts) => boolean;
};

/** The real core over small stateful stand-ins at its ports, on a virtual clock. */
export function makeWorld(options: WorldOptions = {}): World {
  const clock = virtualClock();
  const mortal = mortalStore((options.store ?? memoryStore)(clock));
  const queue = memoryQueue(clock, { visibilitySeconds: 150 });
  const github = worldGitHub();
  const compute = worldMachines(github, () => clock.nowMs());
  const ec2 = worldEc2(github, () => clock.nowMs());
  const logged: string[] = [];
  const note = (message: string, facts?: Record<string, unknown>): void =>
    void logged.push(`${message} ${JSON.stringify(facts ?? {})}`);
  const log: Log = { debug: note, info: note, warn: note, error: note };
  const settings: Settings = {
    labelPrefix: "mayfly",
    installations: undefined,
    hostUrl: "http://host",
    region: "eu-central-1",
    caps: { total: undefined, executions: {}, repository: undefined },
    timings: defaultTimings,
    ...options.settings,
  };
  const policy = {
    now: {
      ...openPolicy,
      defaults: { execution: "lambda", "instance-types": ["c7i.large"] },
      ...options.policy,
    } as Policy,
  };
  const measured: Measured[] = [];
  const sign = (text: string): string => createHmac("sha256", "host key").update(text).digest("hex");
  const ports: Ports = {
    clock,
    metrics: {
      record: (name, value, dimensions) => void measured.push({ name, value, dimensions }),
    },
    random: { next: () => 0.5 },
    signer: {
      sign,
      equal: (left, right) => left === right,
    },
    log,
    store: mortal.store,
    queue,
    github: github.port,
    compute: { lambda: compute.provider, ec2: options.ec2 ?? ec2.provider },
    workflows: { jobs: async () => [], facts: async () => options.workflows ?? { jobs: [], unread: [] } },
    yaml: yamlReader(),
    policy: { read: async () => policy.now },
    roles: options.roles,
  };
  const app = createApp(ports, settings);
  const base = {
    app,
    policy,
    clock,
    store: mortal.store,
    queue,
    github,
    compute,
    ec2,
    mortal,
    logged,
    measured,
    sign,
    settings,
  };
  return { ...base, ...motion(base, options) };
}

type Motion = "queueJob" | "deliver" | "endRun" | "run" | "work";
type Base = Omit<World, Motion>;

function motion(world: Base, options: WorldOptions): Pick<World, Motion> {
  const { app, clock, github, compute, ec2, queue, mortal } = world;
  const running = new Map<number, number>();
  let deliveries = 0;
  const deliver = async (action: string, job: JobFacts, guid?: string): Promise<void> => {
    if (options.forget?.(action, job) === true) return;
    deliveries += 1;
    const ok = options.drop?.(action, job) !== true;
    const facts = { id: String(2n ** 60n + BigInt(deliveries)), guid: guid ?? `guid-${deliveries}` };
    const payload = jobPayload(action, job, github.elsewhere.get(job.id));
    const at = { deliveredAtMs: clock.nowMs(), installationId: 5 };
    github.deliveries.push({ ...facts, ...at, ok, event: "workflow_job", action, payload });
    if (ok) await app.onWebhook({ id: facts.guid, event: "workflow_job", payload });
  };
  const work = async (): Promise<void> => {
    for (;;) {
      const received = await queue.receive(10);
      if (received.length === 0) return;
      await Promise.all(
        received.map(async (one) => {
          const verdict = await app.onMessage(one.message, one.receives);
          // A dead process settles nothing: its message comes back by itself.
          if (!mortal.died()) await queue.settle(one, verdict);
        }),
      );
      mortal.revive();
    }
  };
  const second = async (): Promise<void> => {
    clock.advance(1);
    await work();
    await compute.boot(app, clock.nowMs());
    await ec2.boot(app, clock.nowMs());
    const started = github.assign(clock.nowMs(), options.pick ?? (() => 0));
    for (const { job } of started) {
      running.set(job.id, clock.nowMs() + (options.jobSeconds ?? 10) * 1000);
      await deliver("in_progress", job);
    }
    for (const [id, endsAtMs] of running) {
      if (endsAtMs > clock.nowMs()) continue;
      running.delete(id);
      const name = github.jobs.get(id)?.runnerName ?? "";
      await deliver("completed", github.finish(id, "success", clock.nowMs()));
      const ended = { exitCode: 100, outcome: "job-succeeded" };
      await compute.end(name, app, ended);
      await ec2.end(name, app, ended);
    }
    await work();
    for (const job of github.unannounced.splice(0)) await deliver("queued", job);
    if (Math.floor(clock.nowMs() / 1000) % 60 === 0) await app.onSchedule("schedule");
    mortal.revive();
    await work();
  };
  return {
    deliver,
    work,
    async queueJob(changes = {}, times = 1) {
      const job = github.addJob({ createdAtMs: clock.nowMs(), ...changes });
      for (let time = 0; time < times; time += 1) await deliver("queued", job, `guid-queued-${job.id}`);
      return job;
    },
    async endRun(runId = 900) {
      const attempts = [...github.jobs.values()].filter((job) => job.runId === runId).map((job) => job.runAttempt);
      const payload = runPayload(runId, Math.max(1, ...attempts));
      github.runStatus.set(runId, "completed");
      await app.onWebhook({ id: `run-${runId}`, event: "workflow_run", payload });
    },
    async run(seconds) {
      for (let elapsed = 0; elapsed < seconds; elapsed += 1) await second();
    },
  };
}
