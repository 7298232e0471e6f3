import { CallError } from "../../../../src/core/errors/call-error.ts";
import type { CallErrorKind } from "../../../../src/core/errors/call-error.ts";
import type { Repository } from "../../../../src/core/model/repository.ts";
import type { Delivery, GitHub, RunFacts } from "../../../../src/core/ports.ts";
import type { FaultKind } from "../faults.ts";
import { callOut } from "../sim.ts";
import type { Invocation, Sim } from "../sim.ts";
import type { Engine } from "./engine.ts";
import { Counters } from "./limits.ts";
import type { Request } from "./limits.ts";
import { jobFactsOf, runStatus } from "./state.ts";
import type { SimDelivery, SimJob, SimRun } from "./state.ts";

/** What repositories say about their runners: here plain `mayfly` jobs run on EC2. */
export const runnerFiles: ReadonlyMap<number, string> = new Map([
  [72, "runners:\n  default:\n    execution: ec2\n    spot: never\n"],
]);

const ms = { low: 40, high: 250, reply: true };

const read = { bucket: "core", points: 1, content: false } as const;
const write = { bucket: "core", points: 5, content: false } as const;
const content = { bucket: "core", points: 5, content: true } as const;

export type GitHubPort = {
  portOf(invocation: Invocation): GitHub;
  /** Until when GitHub refuses this installation's calls. */
  limitedUntilMs(installationId: number): number;
};

/** GitHub's API behind its port: its limits, its faults, its lagging reads. */
export function githubPort(sim: Sim, engine: Engine, isDown: () => boolean): GitHubPort {
  const counters = new Map<number, Counters>();
  const limitedUntil = new Map<number, number>();
  const { clock, random, faults } = sim;

  const fail = (operation: string, kind: CallErrorKind, more: { retryAfterSeconds?: number } = {}): never => {
    throw new CallError({ service: "github", operation, kind, message: `the world says ${kind}`, ...more });
  };

  /** Counts the call, then lets GitHub refuse it for its limits. */
  const admit = (invocation: Invocation, installationId: number, request: Request): void => {
    const nowMs = clock.nowMs();
    const counted = counters.get(installationId) ?? new Counters();
    counters.set(installationId, counted);
    const overLimit = counted.count(request, nowMs, 2 * ms.high);
    const { operation } = request;
    sim.tell({ kind: "call", service: "github", operation, installationId, work: invocation.work, overLimit });
    if (overLimit !== undefined) fail(operation, "rate-limited", { retryAfterSeconds: 60 });
    const untilMs = limitedUntil.get(installationId) ?? 0;
    if (untilMs > nowMs) {
      struck("primary-limit");
      fail(operation, "rate-limited", { retryAfterSeconds: Math.ceil((untilMs - nowMs) / 1000) });
    }
    // Somebody else's use of the same installation has used up what there was.
    const seconds = faults.strikes("primary-limit")
      ? random.between(60, 900)
      : faults.strikes("secondary-limit")
        ? 60
        : 0;
    if (seconds === 0) return;
    limitedUntil.set(installationId, nowMs + seconds * 1000);
    struck("secondary-limit");
    fail(operation, "rate-limited", { retryAfterSeconds: Math.ceil(seconds) });

    function struck(fault: FaultKind): void {
      sim.tell({ kind: "struck", fault, pool: invocation.work.pool });
    }
  };

  const call = <T>(invocation: Invocation, installationId: number, request: Request, effect: () => T): Promise<T> =>
    callOut(sim, invocation, ms, () => {
      const { operation } = request;
      const once = operation === "generate-jitconfig";
      if (isDown()) {
        sim.tell({
          kind: "call",
          service: "github",
          operation,
          installationId,
          work: invocation.work,
          overLimit: undefined,
        });
        faults.count("github-stop");
        sim.tell({ kind: "struck", fault: "github-stop", pool: invocation.work.pool });
        return fail(operation, once ? "lost-reply" : "unavailable");
      }
      admit(invocation, installationId, request);
      if (faults.strikes("github-5xx")) {
        sim.tell({ kind: "struck", fault: "github-5xx", pool: invocation.work.pool });
        return fail(operation, "unavailable");
      }
      const result = effect();
      if (!faults.strikes("github-lost-reply")) return result;
      sim.tell({ kind: "struck", fault: "github-lost-reply", pool: invocation.work.pool });
      return fail(operation, "lost-reply");
    });

  const lagging = (): boolean => faults.strikes("stale-read");
  const seen = (job: SimJob | undefined) => {
    if (job?.before !== undefined && clock.nowMs() - job.changedAtMs < 15_000 && lagging()) return job.before;
    if (job === undefined) return undefined;
    // Webhooks call a job `queued` that the API calls `pending` for its concurrency group.
    const facts = jobFactsOf(job);
    return job.status === "queued" && job.hold === "concurrency" ? { ...facts, status: "pending" } : facts;
  };

  return {
    limitedUntilMs: (installationId) => limitedUntil.get(installationId) ?? 0,
    portOf(invocation) {
      const on = <T>(repository: Repository, request: Request, effect: () => T): Promise<T> =>
        call(invocation, repository.installationId, request, effect);
      const { state } = engine;
      return {
        mintJitConfig: ({ repository }, { name, labels }) =>
          on(repository, { ...write, bucket: "jit", operation: "generate-jitconfig" }, () => {
            const taken = [...state.runners.values()].some(
              (one) => one.name === name && one.repositoryId === repository.id,
            );
            if (taken || faults.strikes("jit-name-conflict")) return fail("generate-jitconfig", "conflict");
            const runner = engine.register(repository.id, name, labels);
            sim.tell({ kind: "mint", installationId: repository.installationId, name });
            return { runnerId: runner.id, jitConfig: `SECRET-JIT-${runner.id}` };
          }),
        findRunner: ({ repository }, name) =>
          on(repository, { ...read, operation: "list-runners" }, () => {
            const found = [...state.runners.values()].find(
              (one) => one.name === name && one.repositoryId === repository.id,
            );
            return (
              found && {
                id: found.id,
                name,
                status: found.online ? ("online" as const) : ("offline" as const),
                busy: found.job !== undefined,
              }
            );
          }),
        deleteRunner: ({ repository }, id) =>
          on(repository, { ...write, operation: "delete-runner" }, () => {
            const runner = state.runners.get(id);
            if (runner === undefined) return "absent" as const;
            if (runner.job !== undefined) return "busy" as const;
            engine.remove(runner);
            return "deleted" as const;
          }),
        readJob: (repository, id) => on(repository, { ...read, operation: "get-job" }, () => seen(state.jobs.get(id))),
        readRun: (repository, id) =>
          on(repository, { ...read, operation: "get-run" }, () => {
            const run = state.runs.get(id);
            return run && runFacts(run);
          }),
        listRuns: (repository, status) =>
          on(repository, { ...read, operation: "list-runs" }, () =>
            [...state.runs.values()]
              .toReversed()
              .filter((run) => run.repository.id === repository.id && runStatus(run) === status)
              .slice(0, 100)
              .map(runFacts),
          ),
        listJobs: (repository, runId, page) =>
          on(repository, { ...read, operation: "list-jobs" }, () => {
            const jobs = state.runs.get(runId)?.jobs ?? [];
            const facts = jobs.slice((page - 1) * 100, page * 100).flatMap((job) => seen(job) ?? []);
            return { jobs: facts, next: jobs.length > page * 100 ? page + 1 : undefined };
          }),
        rerunFailed: (repository, runId, jobId) =>
          on(repository, { ...write, operation: "rerun-failed" }, () => {
            const run = state.runs.get(runId);
            const isOver = run?.completedAtMs !== undefined;
            if (run === undefined || !isOver) fail("rerun-failed", "conflict");
            else
              engine.rerun(
                run,
                run.jobs.find((job) => job.id === jobId),
              );
          }),
        cancelRun: (repository, runId) =>
          on(repository, { ...write, operation: "cancel-run" }, () => {
            const run = state.runs.get(runId);
            if (run === undefined || run.completedAtMs !== undefined) fail("cancel-run", "conflict");
            else for (const job of run.jobs) engine.cancel(job);
          }),
        mayWrite: (repository) => on(repository, { ...read, operation: "get-permission" }, () => true),
        readJobLog: (repository) => on(repository, { ...read, operation: "get-log" }, () => undefined),
        listFiles: (repository) => on(repository, { ...read, operation: "list-files" }, () => []),
        readOwnersFile: (repository) => on(repository, { ...read, operation: "get-owners-content" }, () => undefined),
        readFile: (repository, path) =>
          on(repository, { ...read, operation: "get-content" }, () =>
            path === ".github/runner.yml" ? runnerFiles.get(repository.id) : undefined,
          ),
        ...checkRunPort(sim, engine, on, fail),
        listDeliveries: (cursor) =>
          call(invocation, 0, { operation: "list-deliveries", bucket: "app", points: 1, content: false }, () => {
            const newest = state.deliveries.toReversed();
            const from = cursor === undefined ? 0 : newest.findIndex((one) => one.id === cursor) + 1;
            const page = newest.slice(from, from + 100);
            return {
              deliveries: page.map(withoutPayload),
              next: from + 100 < newest.length ? page.at(-1)?.id : undefined,
            };
          }),
        readDelivery: (id) =>
          call(invocation, 0, { operation: "get-delivery", bucket: "app", points: 1, content: false }, () => {
            const found = state.deliveries.find((one) => one.id === id) ?? fail("get-delivery", "not-found");
            return { event: found.event, guid: found.guid, payload: found.payload };
          }),
      };
    },
  };
}

type On = <T>(repository: Repository, request: Request, effect: () => T) => Promise<T>;

function checkRunPort(
  sim: Sim,
  { state }: Engine,
  on: On,
  fail: (operation: string, kind: CallErrorKind) => never,
): Pick<GitHub, "createCheckRun" | "updateCheckRun" | "findCheckRun"> {
  const keep = (id: number, checkRun: Parameters<GitHub["createCheckRun"]>[1], before: number): void => {
    sim.tell({ kind: "text", where: "check run", text: JSON.stringify(checkRun) });
    state.checkRuns.set(id, {
      ...checkRun,
      id,
      annotations: before + checkRun.annotations.length,
      atMs: sim.clock.nowMs(),
    });
  };
  return {
    createCheckRun: (repository, checkRun) =>
      on(repository, { ...content, operation: "create-check-run" }, () => {
        const id = (state.lastId += 1);
        keep(id, checkRun, 0);
        return { id };
      }),
    updateCheckRun: (repository, id, checkRun) =>
      on(repository, { ...content, operation: "update-check-run" }, () => {
        const before = state.checkRuns.get(id) ?? fail("update-check-run", "not-found");
        keep(id, checkRun, before.annotations);
      }),
    findCheckRun: (repository, wanted) =>
      on(repository, { ...read, operation: "list-check-runs" }, () => {
        const found = [...state.checkRuns.values()].find((one) => one.externalId === wanted.externalId);
        return found && { id: found.id, annotations: found.annotations };
      }),
  };
}

function runFacts(run: SimRun): RunFacts {
  return {
    id: run.id,
    runAttempt: run.attempt,
    status: runStatus(run),
    conclusion: run.conclusion,
    path: ".github/workflows/ci.yml",
    event: run.fork ? "pull_request" : "push",
    headBranch: "main",
    headRepository: run.fork
      ? { id: 500, fullName: `stranger/${run.repository.name}` }
      : { id: run.repository.id, fullName: `${run.repository.owner}/${run.repository.name}` },
    actor: "octocat",
    triggeringActor: "octocat",
  };
}

function withoutPayload({ payload: _payload, ...facts }: SimDelivery): Delivery {
  return facts;
}
