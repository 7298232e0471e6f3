import type { Core } from "./core.ts";
import { again, done } from "./core.ts";
import { dispatch } from "./dispatch.ts";
import { decide } from "./errors/decide.ts";
import type { Decision } from "./errors/decide.ts";
import type { HostAnswer } from "./pipeline/claim.ts";
import { claim } from "./pipeline/claim.ts";
import { onHostEvent } from "./pipeline/host-event.ts";
import { answerJobQuestion } from "./pipeline/host-job.ts";
import { readClaim, readHostEvent, readJobQuestion } from "./pipeline/host-request.ts";
import type { Intake, WebhookDelivery } from "./pipeline/intake.ts";
import { receiveDelivery } from "./pipeline/receive-delivery.ts";
import type { ScheduleResult } from "./pipeline/schedule.ts";
import { runSchedule } from "./pipeline/schedule.ts";
import { idsIn, logAbout, runnerIn } from "./log-about.ts";
import { measuredStore } from "./measure/measured-store.ts";
import type { Log, Message, Ports, Verdict } from "./ports.ts";
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
  /** Rejects when the policy cannot be read. */
  const coreNow = async (log: Log): Promise<Core> => {
    const policy = await ports.policy.read();
    const store = measuredStore(ports.store, ports.metrics);
    return { ...ports, store, log, policy, settings: withinPolicy(settings, policy) };
  };
  return {
    onWebhook: async (delivery) => await receiveDelivery(ports, settings, delivery),
    async onMessage(message, receives) {
      const log = logAbout(ports.log, idsIn(message));
      const isLast = receives >= settings.timings.mostReceives;
      try {
        return obey(log, await dispatch(await coreNow(log), message, receives), { receives, isLast });
      } catch (error) {
        return onFailure(log, decide(error, receives, ports.random.next()), { receives, isLast, error });
      }
    },
    async onHost(path, body) {
      const log = logAbout(ports.log, { path, ...runnerIn(body) });
      try {
        return await answerHost(await coreNow(log), path, body);
      } catch (error) {
        const decision = decide(error, 1, ports.random.next());
        log.error("host request failed", { detail: decision.detail, stack: stackOf(error) });
        return { status: 503, retryAfterSeconds: Math.max(1, decision.afterSeconds) };
      }
    },
    onSchedule: async (owner) => await runSchedule(await coreNow(logAbout(ports.log, { kind: "schedule" })), owner),
  };
}

type Receive = { readonly receives: number; readonly isLast: boolean };

function obey(log: Log, verdict: Verdict, { receives, isLast }: Receive): Verdict {
  if (verdict.outcome !== "again" || !isLast) return verdict;
  // It waits, and what it waits for stands in the records: the schedule goes on from them.
  log.warn("message left to the schedule", { receives, detail: verdict.reason });
  return done;
}

function onFailure(log: Log, decision: Decision, failed: Receive & { readonly error: unknown }): Verdict {
  const { receives, isLast, error } = failed;
  log.error("message failed", { detail: decision.detail, stack: stackOf(error) });
  if (isLast) return { outcome: "dead-letter", reason: `given up after ${receives} receives: ${decision.detail}` };
  // An error that is nobody's answer is a bug: a few more tries may meet another state, then people must look.
  return again(decision.outcome === "give-up" ? 2 ** receives : decision.afterSeconds, decision.detail);
}

async function answerHost(core: Core, path: string, body: unknown): Promise<HostAnswer> {
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
}

function stackOf(error: unknown): string | undefined {
  return error instanceof Error && error.name !== "CallError" ? error.stack : undefined;
}
