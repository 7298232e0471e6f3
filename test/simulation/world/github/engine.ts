import type { Repository } from "../../../../src/core/model/repository.ts";
import { poolKey } from "../../../../src/core/model/pool.ts";
import type { Execution } from "../../../../src/core/model/execution.ts";
import type { Machine } from "../machine.ts";
import type { Sim } from "../sim.ts";
import { jobFactsOf } from "./state.ts";
import type { GitHubState, Hold, JobKind, JobStatus, SimJob, SimRun, SimRunner } from "./state.ts";

export type NewJob = {
  readonly labels: readonly string[];
  readonly kind: JobKind;
  readonly execution: Execution | undefined;
  readonly seconds: number;
  readonly hold?: Hold | undefined;
  /** It was queued so long before the world began. */
  readonly agedMs?: number;
};

export type NewRun = {
  readonly repository: Repository;
  readonly jobs: readonly NewJob[];
  readonly maxParallel?: number | undefined;
  readonly group?: string | undefined;
  readonly fork?: boolean;
};

/** What GitHub does by itself. */
export type Engine = {
  readonly state: GitHubState;
  startRun(run: NewRun): SimRun;
  /** A user approves the job's environment. */
  approve(job: SimJob): void;
  /** A user cancels it; a running one ends a little later. */
  cancel(job: SimJob): void;
  /** The failed jobs of a run that has ended (or `one` of them) once more. */
  rerun(run: SimRun, one: SimJob | undefined): void;
  register(repositoryId: number, name: string, labels: readonly string[]): SimRunner;
  connect(runner: SimRunner, machine: Machine): void;
  /** The connection of its listener is gone. */
  disconnect(runner: SimRunner): void;
  remove(runner: SimRunner): void;
  /** The listener of the machine begins the job's steps. */
  complete(job: SimJob, conclusion: string): void;
  /** A machine died under the job: GitHub notices when its lock lapses. */
  abandon(job: SimJob): void;
};

const dayMs = 24 * 3_600_000;
const lockMs = 600_000;

export type Emit = (
  event: "workflow_job" | "workflow_run",
  action: string,
  job: SimJob | undefined,
  run: SimRun,
) => void;

/** GitHub's rules, on the world's clock. `isDown`: during a full stop nothing is handed out. */
export function githubEngine(sim: Sim, state: GitHubState, emit: Emit, isDown: () => boolean): Engine {
  const { clock, random, faults } = sim;
  const planned = new Set<number>();
  /** The newest run of each concurrency group goes on alone. */
  const groups = new Map<string, { running: SimRun | undefined; pending: SimRun | undefined }>();

  const nextId = (): number => (state.lastId += 1);

  const change = (job: SimJob, status: JobStatus, more: Partial<SimJob> = {}): void => {
    job.before = jobFactsOf(job);
    job.changedAtMs = clock.nowMs();
    if (job.status === "queued" && status !== "queued") job.leftQueueAtMs = clock.nowMs();
    if (status === "queued") {
      job.queuedAtMs = clock.nowMs();
      job.leftQueueAtMs = undefined;
    }
    Object.assign(job, more, { status });
    sim.tell({ kind: "job", job, status, runner: job.runnerName });
  };

  /** A little later queued jobs of the repository get idle runners whose labels contain theirs, whichever they are. */
  const planAssignment = (repositoryId: number): void => {
    if (planned.has(repositoryId)) return;
    planned.add(repositoryId);
    clock.after(random.between(150, 1800), () => {
      planned.delete(repositoryId);
      if (isDown()) {
        clock.after(30_000, () => planAssignment(repositoryId));
        return;
      }
      assign(repositoryId);
    });
  };

  const assign = (repositoryId: number): void => {
    const idle = [...state.runners.values()].filter(
      (runner) => runner.repositoryId === repositoryId && runner.online && runner.job === undefined && !runner.removed,
    );
    if (idle.length === 0) return;
    for (const job of state.jobs.values()) {
      if (job.status !== "queued" || job.hold !== undefined || job.repository.id !== repositoryId) continue;
      const fitting = idle.filter(
        (one) => one.job === undefined && job.labels.every((label) => one.labels.includes(label)),
      );
      if (fitting.length === 0) continue;
      hand(job, random.pick(fitting));
    }
  };

  const hand = (job: SimJob, runner: SimRunner): void => {
    runner.job = job;
    const machine = runner.machine;
    clock.after(random.between(300, 2500), () => {
      if (job.status !== "queued") {
        runner.job = undefined;
        return;
      }
      if (machine?.listens() !== true) {
        // Not picked up: GitHub gives it to another runner after a minute.
        clock.after(60_000, () => {
          runner.job = undefined;
          planAssignment(job.repository.id);
        });
        return;
      }
      change(job, "in_progress", { runnerName: runner.name, startedAtMs: clock.nowMs() });
      sim.tell({ kind: "machine-busy", machine, job });
      emit("workflow_job", "in_progress", job, job.run);
      machine.work(job);
    });
  };

  const complete = (job: SimJob, conclusion: string): void => {
    if (job.status === "completed") return;
    change(job, "completed", { conclusion, completedAtMs: clock.nowMs(), hold: undefined });
    for (const runner of state.runners.values()) if (runner.job === job) remove(runner);
    emit("workflow_job", "completed", job, job.run);
    next(job.run);
    planAssignment(job.repository.id);
  };

  /** From now on it may be handed out. */
  const release = (job: SimJob): void => {
    job.hold = undefined;
    job.queuedAtMs = clock.nowMs();
  };

  /** One entry of a matrix has ended: another one may begin; with the last one the run ends. */
  const next = (run: SimRun): void => {
    if (run.maxParallel !== undefined) {
      const held = run.jobs.find((job) => job.hold === "max-parallel");
      if (held !== undefined) release(held);
    }
    if (run.completedAtMs !== undefined || run.jobs.some((job) => job.status !== "completed")) return;
    run.completedAtMs = clock.nowMs();
    run.conclusion = run.jobs.every((job) => job.conclusion === "success") ? "success" : "failure";
    emit("workflow_run", "completed", undefined, run);
    leaveGroup(run);
  };

  const enterGroup = (run: SimRun, name: string): void => {
    const group = groups.get(name) ?? { running: undefined, pending: undefined };
    groups.set(name, group);
    if (group.running === undefined) {
      group.running = run;
      return;
    }
    for (const job of run.jobs) job.hold ??= "concurrency";
    const older = group.pending;
    group.pending = run;
    // GitHub keeps one pending run of a group only.
    for (const job of older?.jobs ?? []) complete(job, "cancelled");
  };

  const leaveGroup = (run: SimRun): void => {
    const group = run.group === undefined ? undefined : groups.get(run.group);
    if (group === undefined || run.group === undefined) return;
    if (group.pending === run) group.pending = undefined;
    if (group.running !== run) return;
    group.running = group.pending;
    group.pending = undefined;
    for (const job of group.running?.jobs ?? []) if (job.hold === "concurrency") release(job);
    planAssignment(run.repository.id);
  };

  const addJob = (run: SimRun, wanted: NewJob, index: number): SimJob => {
    const nowMs = clock.nowMs();
    const id = nextId();
    const held = run.maxParallel !== undefined && index >= run.maxParallel;
    const hold = wanted.hold ?? (held ? "max-parallel" : undefined);
    const createdAtMs = nowMs - (wanted.agedMs ?? 0);
    const job: SimJob = {
      id,
      kind: wanted.kind,
      repository: run.repository,
      run,
      attempt: run.attempt,
      name: `job-${index}`,
      labels: wanted.labels,
      pool: poolKey(run.repository.id, wanted.labels),
      execution: wanted.execution,
      createdAtMs,
      seconds: wanted.seconds,
      status: hold === "approval" ? "waiting" : "queued",
      hold,
      conclusion: undefined,
      runnerName: undefined,
      startedAtMs: undefined,
      completedAtMs: undefined,
      changedAtMs: nowMs,
      before: undefined,
      told: undefined,
      leftQueueAtMs: undefined,
      queuedAtMs: nowMs,
      hidden: undefined,
    };
    state.jobs.set(id, job);
    clock.at(createdAtMs + dayMs, () => {
      if (job.status !== "queued" && job.status !== "waiting") return;
      faults.count("day-limit");
      complete(job, "cancelled");
    });
    return job;
  };

  const announce = (job: SimJob): void => {
    sim.tell({ kind: "job", job, status: job.status, runner: undefined });
    if (job.status === "waiting") {
      // An approval is announced as `waiting`, or as a `queued` that says `waiting`.
      const asQueued = faults.strikes("queued-while-waiting");
      emit("workflow_job", asQueued ? "queued" : "waiting", job, job.run);
    } else emit("workflow_job", "queued", job, job.run);
  };

  const remove = (runner: SimRunner): void => {
    if (runner.removed) return;
    runner.removed = true;
    state.runners.delete(runner.id);
    runner.machine?.deregistered();
  };

  const startRun = ({ repository, jobs, maxParallel, group, fork = false }: NewRun): SimRun => {
    const id = nextId();
    const headSha = id.toString(16).padStart(40, "0");
    const run: SimRun = {
      id,
      repository,
      headSha,
      maxParallel,
      group,
      fork,
      attempt: 1,
      jobs: [],
      completedAtMs: undefined,
      conclusion: undefined,
    };
    state.runs.set(id, run);
    run.jobs = jobs.map((job, index) => addJob(run, job, index));
    if (group !== undefined) enterGroup(run, group);
    for (const job of run.jobs) if (job.status !== "completed") announce(job);
    for (const job of run.jobs)
      if (job.kind === "hosted") clock.after(random.between(5000, 60_000), () => complete(job, "success"));
    planAssignment(repository.id);
    return run;
  };

  return {
    state,
    startRun,
    approve(job) {
      if (job.status !== "waiting") return;
      job.hold = undefined;
      change(job, "queued");
      emit("workflow_job", "queued", job, job.run);
      planAssignment(job.repository.id);
    },
    cancel(job) {
      if (job.status === "completed") return;
      if (job.status !== "in_progress") return complete(job, "cancelled");
      const machine = [...state.runners.values()].find((runner) => runner.job === job)?.machine;
      if (machine?.cancel(job) !== true) clock.after(lockMs, () => complete(job, "cancelled"));
    },
    rerun(run, one) {
      if (run.completedAtMs === undefined) return;
      const again = one === undefined ? run.jobs.filter((job) => job.conclusion !== "success") : [one];
      const kept = run.jobs.filter((job) => !again.includes(job));
      run.attempt += 1;
      run.completedAtMs = undefined;
      const jobs = again.map((job, index) =>
        addJob({ ...run, maxParallel: undefined }, { ...job, hold: undefined, agedMs: 0 }, index),
      );
      for (const job of jobs) Object.assign(job, { run });
      run.jobs = [...kept, ...jobs];
      for (const job of jobs) announce(job);
      planAssignment(run.repository.id);
    },
    register(repositoryId, name, labels) {
      const id = nextId();
      const runner: SimRunner = {
        id,
        repositoryId,
        name,
        labels,
        createdAtMs: clock.nowMs(),
        online: false,
        machine: undefined,
        job: undefined,
        removed: false,
      };
      state.runners.set(id, runner);
      removeWhenUnused(sim, runner, remove);
      return runner;
    },
    connect(runner, machine) {
      runner.machine = machine;
      runner.online = true;
      planAssignment(runner.repositoryId);
    },
    disconnect(runner) {
      runner.online = false;
    },
    remove,
    complete,
    abandon: (job) => clock.after(random.between(0, 60_000) + lockMs, () => complete(job, "failure")),
  };
}

/** Nobody knows the rule by which GitHub removes idle and unconnected just-in-time runners: after minutes, sometimes. */
function removeWhenUnused(sim: Sim, runner: SimRunner, remove: (runner: SimRunner) => void): void {
  const { clock, random, faults } = sim;
  clock.after(random.between(120_000, 360_000), () => {
    if (runner.removed || runner.job !== undefined) return;
    if (runner.online ? faults.strikes("idle-removal") : faults.strikes("offline-removal")) remove(runner);
  });
  clock.after(dayMs, () => {
    if (!runner.removed && runner.job === undefined && !runner.online) remove(runner);
  });
}
