import type { Core } from "./core.ts";
import { again, done } from "./core.ts";
import { decide } from "./errors/decide.ts";
import type { HostAnswer } from "./pipeline/claim.ts";
import { cancelRun } from "./pipeline/cancel.ts";
import { forgetChanged } from "./pipeline/changed-files.ts";
import { claim } from "./pipeline/claim.ts";
import { evaluatePool } from "./pipeline/evaluate-pool.ts";
import { onHostEvent } from "./pipeline/host-event.ts";
import { answerJobQuestion } from "./pipeline/host-job.ts";
import { readClaim, readHostEvent, readJobQuestion } from "./pipeline/host-request.ts";
import type { Intake, WebhookDelivery } from "./pipeline/intake.ts";
import { intake } from "./pipeline/intake.ts";
import { lintPullRequest } from "./pipeline/lint-pull-request.ts";
import { onCompleted, onInProgress } from "./pipeline/observe.ts";
import { onQueued } from "./pipeline/queued.ts";
import { reap } from "./pipeline/reap.ts";
import { onRunEnded, report } from "./pipeline/report.ts";
import { rerun } from "./pipeline/rerun.ts";
import type { ScheduleResult } from "./pipeline/schedule.ts";
import { runSchedule } from "./pipeline/schedule.ts";
import { sweepRuns } from "./pipeline/sweep-runs.ts";
import { wake } from "./pipeline/wake.ts";
import type { Message, Ports, Verdict } from "./ports.ts";
import { withinPolicy } from "./settings.ts";
import type { Settings } from "./settings.ts";

/** The four doors of Mayfly. Lambda, the local server and the simulation call exactly these. */
export type App = {
  /** A delivery whose signature has been checked. Resolves after one queue write, or none when it is not ours. */
  onWebhook(delivery: WebhookDelivery): Promise<Intake>;
  /** One message of the work queue; `receives` counts from 1. Never rejects: the verdict says what to do with it. */
  onMessage(message: Message, receives: number): Promise<Verdict>;
  /** One request of the host channel: `/host/claim`, `/host/job`, `/host/event`. Never rejects. */
  onHost(path: string, body: unknown): Promise<HostAnswer>;
  /** One pass of the schedule; `owner` names this process for the lease. */
  onSchedule(owner: string): Promise<ScheduleResult>;
};

/** Mayfly's core over the given outside world. Keeps no state of its own. */
export function createApp(ports: Ports, settings: Settings): App {
  const coreNow = async (): Promise<Core> => {
    const policy = await ports.policy.read();
    return { ...ports, policy, settings: withinPolicy(settings, policy) };
  };
  return {
    async onWebhook(delivery) {
      const taken = intake(delivery, withinPolicy(settings, await ports.policy.read()));
      if (taken.entries.length > 0) await ports.queue.send(taken.entries);
      ports.log.debug("delivery", { delivery: delivery.id, event: delivery.event, ignored: taken.ignored });
      return taken;
    },
    onMessage: async (message, receives) => await obey(await coreNow(), message, receives),
    onHost: async (path, body) => await answerHost(await coreNow(), path, body),
    onSchedule: async (owner) => await runSchedule(await coreNow(), owner),
  };
}

async function obey(core: Core, message: Message, receives: number): Promise<Verdict> {
  const isLast = receives >= core.settings.timings.mostReceives;
  try {
    const verdict = await dispatch(core, message, receives);
    if (verdict.outcome !== "again" || !isLast) return verdict;
    // It waits, and what it waits for stands in the records: the schedule goes on from them.
    core.log.warn("message left to the schedule", { kind: message.kind, receives, detail: verdict.reason });
    return done;
  } catch (error) {
    const decision = decide(error, receives, core.random.next());
    core.log.error("message failed", { kind: message.kind, detail: decision.detail, stack: stackOf(error) });
    if (isLast) {
      return { outcome: "dead-letter", reason: `given up after ${receives} receives: ${decision.detail}` };
    }
    // An error that is nobody's answer is a bug: a few more tries may meet another state, then people must look.
    return again(decision.outcome === "give-up" ? 2 ** receives : decision.afterSeconds, decision.detail);
  }
}

async function dispatch(core: Core, message: Message, receives: number): Promise<Verdict> {
  switch (message.kind) {
    case "job":
      if (message.action === "in_progress") await onInProgress(core, message);
      else if (message.action === "completed") await onCompleted(core, message);
      else return await onQueued(core, message, receives);
      return done;
    case "run":
      return await onRunEnded(core, message);
    case "pool":
      return await evaluatePool(core, message, receives);
    case "wake":
      return await wake(core, message.jobId, receives);
    case "report":
      return await report(core, message.run);
    case "reap":
      return await reap(core, message.runner, receives);
    case "rerun":
      return await rerun(core, message.run, receives);
    case "cancel":
      return await cancelRun(core, message.run, receives);
    case "changed":
      return await forgetChanged(core, message);
    case "lint":
      return await lintPullRequest(core, message);
    case "sweep":
      return await sweepRuns(core, message.repository, receives);
    default:
      return { outcome: "dead-letter", reason: "unknown kind of message" };
  }
}

async function answerHost(core: Core, path: string, body: unknown): Promise<HostAnswer> {
  try {
    if (path === "/host/claim") {
      const request = readClaim(body);
      return request === undefined ? { status: 400 } : await claim(core, request);
    }
    if (path === "/host/event") {
      const event = readHostEvent(body);
      return event === undefined ? { status: 400 } : await onHostEvent(core, event);
    }
    if (path === "/host/job") {
      const question = readJobQuestion(body);
      return question === undefined ? { status: 400 } : await answerJobQuestion(core, question);
    }
    return { status: 404 };
  } catch (error) {
    const decision = decide(error, 1, core.random.next());
    core.log.error("host request failed", { path, detail: decision.detail, stack: stackOf(error) });
    return { status: 503, retryAfterSeconds: Math.max(1, decision.afterSeconds) };
  }
}

function stackOf(error: unknown): string | undefined {
  return error instanceof Error && error.name !== "CallError" ? error.stack : undefined;
}
