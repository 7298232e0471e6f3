import type { Runner } from "../../src/core/model/runner.ts";
import type { Job } from "../../src/core/model/job.ts";
import type { Run } from "../../src/core/model/run.ts";
import { slotScopes } from "../../src/core/model/slots.ts";
import type { Fact } from "./world/fact.ts";
import type { SimJob } from "./world/github/state.ts";
import type { Machine } from "./world/machine.ts";
import type { World } from "./world/world.ts";

/** What an invariant does with what happens: `on` each fact, `tick` after each step, `minute` each virtual minute, `end` when all is over. */
export type Watcher = {
  readonly on?: (fact: Fact) => void;
  readonly tick?: () => void;
  readonly minute?: () => void;
  readonly end?: () => void;
};

export type Invariant = {
  readonly name: string;
  readonly kind: "safety" | "liveness";
  /** What holding it proves. */
  readonly sentence: string;
  readonly watch: (world: World, violate: (what: string) => void) => Watcher;
};

const minuteMs = 60_000;
const surplusMs = 3 * minuteMs;
/** A record of Mayfly's may be so old before it reads again; a call, and a read that lags, take some time more. */
const knownMs = minuteMs + 25_000;
const explainedMs = 3 * minuteMs + 15_000;

export const invariants: readonly Invariant[] = [
  {
    name: "no-surplus",
    kind: "safety",
    sentence:
      "Machines of a pool that are launching, booting or idle never exceed the queued jobs that Mayfly has been told of " +
      "for longer than 3 minutes (counted anew when a fault strikes work on that pool).",
    watch: watchSurplus,
  },
  {
    name: "one-launch",
    kind: "safety",
    sentence:
      "A runner that has claimed, or whose record has ended, is never launched again; EC2 has one instance of it at a time.",
    watch: (world, violate) => ({
      on(fact) {
        if (fact.kind === "launch") {
          const record = world.records.read<Runner>("runners", fact.request.runnerName);
          const sinceMs = record?.endedAtMs ?? record?.claimedAtMs;
          if (record === undefined) violate(`${fact.request.runnerName} was launched without a record`);
          else if (sinceMs !== undefined && world.nowMs() - sinceMs > 5000) {
            violate(
              `${record.name} was launched again, ${(world.nowMs() - sinceMs) / 1000} s after it had ${record.endedAtMs === undefined ? "claimed" : "ended"}`,
            );
          }
        }
        if (fact.kind === "machine" && fact.machine.execution === "ec2") {
          const name = fact.machine.request.runnerName;
          const alive = world.machines().filter((one) => one.request.runnerName === name && one.alive());
          if (alive.length > 1) violate(`${alive.length} instances of ${name} run at a time`);
        }
      },
    }),
  },
  {
    name: "one-claim",
    kind: "safety",
    sentence: "One machine of a runner gets a JIT config, no other one ever does, and nobody without the right token.",
    watch(_, violate) {
      const owners = new Map<string, Machine>();
      return {
        on(fact) {
          if (fact.kind === "intruder" && (fact.status === 200 || fact.status === 204))
            violate(`an intruder got ${fact.status}: ${fact.how}`);
          if (fact.kind !== "claim" || fact.jit === undefined) return;
          const name = fact.machine.request.runnerName;
          const owner = owners.get(name) ?? fact.machine;
          owners.set(name, owner);
          if (owner !== fact.machine)
            violate(`${fact.machine.id} got a JIT config of ${name}, which ${owner.id} has claimed`);
        },
      };
    },
  },
  {
    name: "busy-left-alone",
    kind: "safety",
    sentence:
      "A machine that runs a job is never ended by us except by its deadline, a cancel, a refused job or the operator.",
    watch: (world, violate) => ({
      on(fact) {
        if (fact.kind !== "terminate" || fact.machine.state !== "busy") return;
        const { machine } = fact;
        if (machine.job?.status === "in_progress" && world.nowMs() < machine.request.endByMs) {
          violate(`${machine.id} was ended while it ran job ${machine.job.id}`);
        }
      },
    }),
  },
  {
    name: "no-launch-for-nothing",
    kind: "safety",
    sentence: "No machine is launched for a job that Mayfly could have known for 60 s to be no longer queued.",
    watch(world, violate) {
      const struckAtMs = new Map<string, number>();
      return {
        on(fact) {
          if (fact.kind === "struck" && fact.pool !== undefined) struckAtMs.set(fact.pool, world.nowMs());
          if (fact.kind !== "launch") return;
          const job = world.jobOf(fact.request.runnerName);
          if (job?.leftQueueAtMs === undefined) return;
          // A job that could not be read is launched for: that is its own rule.
          const unreadMs = world.nowMs() - (struckAtMs.get(job.pool) ?? 0);
          const sinceMs = world.nowMs() - job.leftQueueAtMs;
          if (sinceMs > knownMs && unreadMs > 2 * minuteMs) {
            violate(
              `${fact.request.runnerName} was launched though job ${job.id} is ${job.status} since ${sinceMs / 1000} s`,
            );
          }
        },
      };
    },
  },
  {
    name: "caps",
    kind: "safety",
    sentence: "No cap is ever exceeded: total, of an execution, of a repository.",
    watch(world, violate) {
      const holders = new Map<string, Set<Machine>>();
      const enter = (machine: Machine): void => {
        const job = world.jobOf(machine.request.runnerName);
        if (job === undefined) return;
        const counted = { execution: machine.execution, repository: job.repository };
        for (const { scope, cap } of slotScopes(world.settings.caps, counted)) {
          const machines = holders.get(scope) ?? new Set<Machine>();
          holders.set(scope, machines.add(machine));
          // An invocation that has said that it ends is about to return.
          const names = new Set(
            [...machines]
              .filter((one) => one.endedAtMs === undefined && (one.execution === "ec2" || one.alive()))
              .map((one) => one.request.runnerName),
          );
          if (names.size > cap) violate(`${scope}: ${names.size} machines, cap ${cap}: ${[...names].join(" ")}`);
        }
      };
      return {
        on(fact) {
          // An invocation that has not claimed cannot be told from one that never comes: it ends by itself.
          if (fact.kind === "machine" && fact.machine.execution === "ec2") enter(fact.machine);
          if (fact.kind === "claim" && fact.jit !== undefined) enter(fact.machine);
          if (fact.kind === "machine-ended") for (const machines of holders.values()) machines.delete(fact.machine);
        },
      };
    },
  },
  {
    name: "only-whom-we-serve",
    kind: "safety",
    sentence: "A refused job, or one of a foreign installation, never runs a step on our machine.",
    watch: (_, violate) => ({
      on(fact) {
        if (fact.kind === "machine-busy" && fact.job.kind !== "served") {
          violate(`job ${fact.job.id} (${fact.job.kind}) runs on ${fact.machine.id}`);
        }
      },
    }),
  },
  {
    name: "right-execution",
    kind: "safety",
    sentence: "No job runs on an execution that it cannot run on.",
    watch: (_, violate) => ({
      on(fact) {
        if (fact.kind === "machine-busy" && fact.job.execution !== fact.machine.execution) {
          violate(`job ${fact.job.id} wants ${fact.job.execution ?? "none of ours"} and runs on ${fact.machine.id}`);
        }
      },
    }),
  },
  {
    name: "secrets",
    kind: "safety",
    sentence: "No secret, token or JIT config stands in a log line, record, error, check run or message.",
    watch: (_, violate) => ({
      on(fact) {
        if (fact.kind === "text" && fact.text.includes("SECRET-"))
          violate(`a secret in a ${fact.where}: ${fact.text.slice(0, 200)}`);
      },
    }),
  },
  {
    name: "reporting-apart",
    kind: "safety",
    sentence: "Reporting never delays a launch: check runs are written by messages of their own only.",
    watch: (_, violate) => ({
      on(fact) {
        if (fact.kind !== "call" || !fact.operation.includes("check-run") || fact.work.kind === "report") return;
        violate(`${fact.operation} within ${fact.work.kind}`);
      },
    }),
  },
  {
    name: "limits",
    kind: "safety",
    sentence: "GitHub's documented limits and EC2's token bucket are never exceeded by our own doing.",
    watch: (_, violate) => ({
      on(fact) {
        if (fact.kind === "call" && fact.overLimit !== undefined)
          violate(`${fact.overLimit} exceeded by ${fact.operation} (${fact.work.kind})`);
      },
    }),
  },
  {
    name: "same-bytes",
    kind: "safety",
    sentence: "A launch request that is sent again has the same bytes.",
    watch: (world, violate) => ({ end: () => world.mismatches().forEach(violate) }),
  },
  {
    name: "one-check-run",
    kind: "safety",
    sentence: "A workflow run attempt has one check run.",
    watch: (world, violate) => ({
      end() {
        const byRun = Map.groupBy(world.github().checkRuns.values(), ({ externalId }) => externalId);
        for (const [key, all] of byRun) if (all.length > 1) violate(`${all.length} check runs of ${key}`);
      },
    }),
  },
  {
    name: "back-off",
    kind: "safety",
    sentence:
      "After a runner stood idle to its end, nothing is launched for its pool for 5 minutes unless something happens in its repository.",
    watch: watchBackOff,
  },
  {
    name: "no-bug",
    kind: "safety",
    sentence: "Nothing fails but calls to the outside.",
    watch: (_, violate) => ({
      on(fact) {
        if (fact.kind === "bug") violate(fact.text);
      },
    }),
  },
  {
    name: "explained",
    kind: "liveness",
    sentence:
      "Without faults every queued job that we serve has, after 3 minutes, a runner or a reason that its author can read, " +
      "whether its delivery failed or was never attempted.",
    watch: watchExplained,
  },
  {
    name: "served",
    kind: "liveness",
    sentence: "After the faults every queued job that we serve gets a runner.",
    watch: (world, violate) => ({
      end() {
        for (const job of world.openJobs()) {
          const record = world.records.read<Job>("jobs", String(job.id));
          violate(
            `job ${job.id} is still ${job.status} (${job.hold ?? "not held"}; record ${record?.state ?? "missing"})`,
          );
        }
      },
    }),
  },
  {
    name: "nothing-left",
    kind: "liveness",
    sentence: "No machine, registration, slot, claim, lease, record or check run is left open.",
    watch: watchLeftovers,
  },
  {
    name: "no-endless-retry",
    kind: "liveness",
    sentence: "No message is retried for ever: one that is given up is in the dead-letter queue with its reason.",
    watch: (world, violate) => ({
      on(fact) {
        if (fact.kind === "verdict" && fact.receives > world.settings.timings.mostReceives + 8) {
          violate(`${fact.message.kind} message received for the ${fact.receives}th time`);
        }
        if (fact.kind === "dead-letter" && fact.reason === "") violate("a dead letter without a reason");
      },
      end() {
        if (world.queueSize() > 0) violate(`${world.queueSize()} messages are left`);
      },
    }),
  },
  {
    name: "no-herd",
    kind: "liveness",
    sentence:
      "When GitHub or AWS comes back after an hour's stop, the calls of the first minute stay within what the open jobs need.",
    watch(world, violate) {
      let calls = 0;
      let told = false;
      return {
        on(fact) {
          const backAtMs = world.backAtMs();
          if (fact.kind !== "call" || backAtMs === undefined || told) return;
          const sinceMs = world.nowMs() - backAtMs;
          if (sinceMs < 0 || sinceMs > minuteMs) return;
          calls += 1;
          const most = 300 + 12 * world.openJobs().length;
          if (calls > most) {
            told = true;
            violate(
              `${calls} calls within ${sinceMs / 1000} s after the stop, with ${world.openJobs().length} open jobs`,
            );
          }
        },
      };
    },
  },
];

function watchSurplus(world: World, violate: (what: string) => void): Watcher {
  const pools = new Map<
    string,
    { supply: Set<Machine>; demand: Set<SimJob>; sinceMs: number | undefined; told: boolean }
  >();
  const poolOf = (key: string) => {
    const pool = pools.get(key) ?? { supply: new Set(), demand: new Set(), sinceMs: undefined, told: false };
    pools.set(key, pool);
    return pool;
  };
  const hot = new Set<string>();
  const weigh = (key: string): void => {
    const pool = poolOf(key);
    if (pool.supply.size <= pool.demand.size) {
      pool.sinceMs = undefined;
      pool.told = false;
      hot.delete(key);
      return;
    }
    pool.sinceMs ??= world.nowMs();
    hot.add(key);
  };
  return {
    on(fact) {
      if (fact.kind === "struck") {
        const pool = fact.pool === undefined ? undefined : pools.get(fact.pool);
        if (pool?.sinceMs !== undefined) pool.sinceMs = world.nowMs();
      }
      if (fact.kind === "machine" || fact.kind === "machine-busy" || fact.kind === "machine-ended") {
        const key = world.jobOf(fact.machine.request.runnerName)?.pool;
        if (key === undefined) return;
        if (fact.kind === "machine") poolOf(key).supply.add(fact.machine);
        else poolOf(key).supply.delete(fact.machine);
        weigh(key);
      }
      if (fact.kind === "job" || fact.kind === "told") {
        const { job } = fact;
        // Really queued, or so that Mayfly must believe it.
        const wanted = job.kind === "served" && (job.status === "queued" || job.told?.status === "queued");
        if (wanted) poolOf(job.pool).demand.add(job);
        else poolOf(job.pool).demand.delete(job);
        weigh(job.pool);
      }
    },
    tick() {
      for (const key of hot) {
        const pool = poolOf(key);
        if (pool.told || world.nowMs() - (pool.sinceMs ?? world.nowMs()) <= surplusMs) continue;
        // What has left its program only lies there until its cloud has put it away.
        const supply = [...pool.supply].filter((machine) => machine.alive());
        if (supply.length <= pool.demand.size || world.isDisturbed()) continue;
        pool.told = true;
        violate(
          `pool ${key}: ${supply.map(({ id, state }) => `${id} ${state}`).join(", ")} for ${pool.demand.size} jobs for over 3 minutes`,
        );
      }
    },
  };
}

/** A job's record that tells of a start or an end. */
function hasMoved(text: string): boolean {
  return /"state":"(?:running|completed|lost)"/.test(text);
}

function repositoryIn(text: string): number {
  return Number(/"repository":\{"id":(\d+)/.exec(text)?.[1]);
}

function watchBackOff(world: World, violate: (what: string) => void): Watcher {
  const idleAtMs = new Map<string, number>();
  const movedAtMs = new Map<number, number>();
  const forget = (repositoryId: number): void => {
    movedAtMs.set(repositoryId, world.nowMs());
    for (const pool of idleAtMs.keys()) if (pool.startsWith(`${repositoryId}#`)) idleAtMs.delete(pool);
  };
  return {
    on(fact) {
      // Mayfly hears late of what happens: what counts is when it does.
      if (fact.kind === "job" || fact.kind === "told") forget(fact.job.repository.id);
      if (fact.kind === "text" && fact.where === "record of jobs" && hasMoved(fact.text))
        forget(repositoryIn(fact.text));
      if (fact.kind === "verdict" && fact.message.kind === "run") forget(fact.message.repository.id);
      if (fact.kind === "machine-ended" && fact.why === "idle") {
        const job = world.jobOf(fact.machine.request.runnerName);
        // What moved a moment ago may only now be passed on to the pools.
        const movedMs = movedAtMs.get(job?.repository.id ?? 0) ?? 0;
        if (job !== undefined && world.nowMs() > movedMs + 5000) idleAtMs.set(job.pool, world.nowMs());
      }
      if (fact.kind !== "launch") return;
      const pool = world.jobOf(fact.request.runnerName)?.pool ?? "";
      const endedAtMs = idleAtMs.get(pool);
      if (endedAtMs === undefined) return;
      const record = world.records.read<Runner>("runners", fact.request.runnerName);
      // It was decided on before, and has waited for its turn.
      if (record !== undefined && record.createdAtMs < endedAtMs + 10_000) return;
      const sinceMs = world.nowMs() - endedAtMs;
      // A moment after the end the record may not say so yet.
      if (sinceMs > 10_000 && sinceMs < 4 * minuteMs)
        violate(`${fact.request.runnerName} was launched ${sinceMs / 1000} s after a runner of ${pool} had stood idle`);
    },
  };
}

function watchExplained(world: World, violate: (what: string) => void): Watcher {
  const told = new Set<SimJob>();
  return {
    minute() {
      const stoppedMs = world.faultsStoppedAtMs();
      if (stoppedMs === undefined) return;
      for (const job of world.openJobs()) {
        if (job.status !== "queued" || job.hold !== undefined || told.has(job)) continue;
        // GitHub has said until when it refuses calls: nobody may ask before that.
        const calmMs = Math.max(stoppedMs, world.limitedUntilMs(job.repository.installationId));
        const waitedMs = world.nowMs() - Math.max(job.queuedAtMs, calmMs);
        if (waitedMs <= explainedMs) continue;
        const record = world.records.read<Job>("jobs", String(job.id));
        const lastDelayMs = record?.delays.at(-1)?.untilMs ?? 0;
        // It waited for a reason, and its runner is on the way since then.
        if (record?.reason !== undefined || world.nowMs() - lastDelayMs < explainedMs) continue;
        told.add(job);
        violate(
          `job ${job.id} waits since ${Math.round(waitedMs / 1000)} s without a reason (record ${record?.state ?? "missing"}, ${job.hidden ?? "delivered"})`,
        );
      }
    },
  };
}

function watchLeftovers(world: World, violate: (what: string) => void): Watcher {
  return {
    end() {
      for (const machine of world.machines())
        if (machine.alive()) violate(`machine ${machine.id} is left (${machine.state})`);
      for (const runner of world.github().runners.values()) violate(`registration ${runner.name} is left`);
      for (const { scope, name } of world.records.openSlots()) {
        if (!scope.startsWith("check-runs-") && !scope.startsWith("room:")) violate(`slot ${name} of ${scope} is left`);
      }
      for (const lease of world.records.openLeases()) violate(`lease ${lease} is left`);
      for (const runner of world.records.all<Runner>("runners"))
        if (runner.state !== "ended") violate(`record of ${runner.name} is left ${runner.state}`);
      for (const job of world.records.all<Job>("jobs")) {
        const real = world.github().jobs.get(job.id);
        if (real?.status === "completed" && real.kind !== "refused" && !["completed", "lost"].includes(job.state))
          violate(`record of job ${job.id} is left ${job.state}`);
      }
      for (const run of world.records.all<Run>("runs"))
        if (run.sending !== undefined) violate(`check run of ${run.key} is left half sent`);
      for (const checkRun of world.github().checkRuns.values())
        if (checkRun.status !== "completed") violate(`check run of ${checkRun.externalId} is left ${checkRun.status}`);
    },
  };
}
