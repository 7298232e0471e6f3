import { slotScopes } from "../../src/core/model/slots.ts";
import { watchBackOff } from "./invariants/back-off.ts";
import { watchExplained } from "./invariants/explained.ts";
import type { Invariant } from "./invariants/invariant.ts";
import { watchLaunches } from "./invariants/launches.ts";
import { watchLeftovers } from "./invariants/leftovers.ts";
import { watchOver } from "./invariants/over.ts";
import { watchSurplus } from "./invariants/surplus.ts";
import type { Machine } from "./world/machine.ts";

const minuteMs = 60_000;
/** A record of Mayfly's may be so old before it reads again; a call, and a read that lags, take some time more. */
const knownMs = minuteMs + 25_000;
/** An answer that was being written when the end began may still arrive. */
const endingMostMs = 5000;

/** What must hold, each with the sentence that it proves. */
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
      "A job has one first launch and one second; a runner that has claimed, or whose record has ended, is never " +
      "launched again; EC2 has one instance of it at a time.",
    watch: watchLaunches,
  },
  {
    name: "one-claim",
    kind: "safety",
    sentence:
      "One machine of a runner gets a JIT config, no other one ever does, nobody without the right token, and none once " +
      "the runner's end has begun.",
    watch(world, violate) {
      const owners = new Map<string, Machine>();
      return {
        on(fact) {
          if (fact.kind === "intruder" && (fact.status === 200 || fact.status === 204))
            violate(`an intruder got ${fact.status}: ${fact.how}`);
          if (fact.kind !== "claim" || fact.jit === undefined) return;
          const name = fact.machine.request.runnerName;
          const endingMs = world.nowMs() - (world.records.runner(name)?.endingSinceMs ?? world.nowMs());
          if (endingMs > endingMostMs)
            violate(`${name} got a JIT config though its end began ${endingMs / 1000} s ago`);
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
    sentence: "A refused job, one of a fork, or one of a foreign installation, never runs a step on our machine.",
    watch: (_, violate) => ({
      on(fact) {
        if (fact.kind === "step" && fact.job.kind !== "served") {
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
        if (fact.kind === "step" && fact.job.execution !== fact.machine.execution) {
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
    name: "done-is-done",
    kind: "safety",
    sentence: "A message of a job that we serve is done only when what it tells stands in the job's record.",
    watch: (world, violate) => ({
      on(fact) {
        if (fact.kind !== "verdict" || fact.outcome !== "done" || fact.message.kind !== "job") return;
        const { job, action } = fact.message;
        if (world.github().jobs.get(job.id)?.kind !== "served") return;
        const state = world.records.job(job.id)?.state;
        const isUnstarted = state === "queued" || state === "launching" || state === "waiting";
        const isMissing = state === undefined && job.conclusion !== "skipped";
        if (isMissing || (isUnstarted && (action === "in_progress" || action === "completed"))) {
          violate(`${action} of job ${job.id} is done, and its record is ${state ?? "missing"}`);
        }
      },
    }),
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
          const record = world.records.job(job.id);
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
    name: "over-is-over",
    kind: "liveness",
    sentence:
      "A runner ends within 8 minutes after Mayfly was told that its job has ended, unless a cloud or GitHub is down.",
    watch: watchOver,
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
