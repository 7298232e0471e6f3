import type { Core } from "./core.ts";
import { done } from "./core.ts";
import { cancelRun } from "./pipeline/cancel.ts";
import { forgetChanged } from "./pipeline/changed-files.ts";
import { onInvocationFailed, onMachineEvent } from "./pipeline/cloud-event.ts";
import { evaluatePool } from "./pipeline/evaluate-pool.ts";
import { lintPullRequest } from "./pipeline/lint-pull-request.ts";
import { onCompleted, onInProgress } from "./pipeline/observe.ts";
import { onQueued } from "./pipeline/queued.ts";
import { reap } from "./pipeline/reap.ts";
import { onRunEnded, report } from "./pipeline/report.ts";
import { rerun } from "./pipeline/rerun.ts";
import { sweepRuns } from "./pipeline/sweep-runs.ts";
import { wake } from "./pipeline/wake.ts";
import type { Message, Verdict } from "./ports.ts";

type Step<Kind extends Message["kind"]> = (
  core: Core,
  message: Extract<Message, { readonly kind: Kind }>,
  receives: number,
) => Promise<Verdict>;

/** What is done with each kind of message. */
const steps: { readonly [Kind in Message["kind"]]: Step<Kind> } = {
  job: onJob,
  run: onRunEnded,
  pool: evaluatePool,
  wake: (core, { jobId }, receives) => wake(core, jobId, receives),
  report: (core, { run }) => report(core, run),
  reap: (core, { runner }, receives) => reap(core, runner, receives),
  rerun: (core, { run }, receives) => rerun(core, run, receives),
  cancel: (core, { run }, receives) => cancelRun(core, run, receives),
  changed: forgetChanged,
  lint: lintPullRequest,
  sweep: (core, { repository }, receives) => sweepRuns(core, repository, receives),
  "invocation-failed": onInvocationFailed,
  machine: onMachineEvent,
};

/** Whether there is a kind of message with this name. */
export function isMessageKind(kind: unknown): kind is Message["kind"] {
  return typeof kind === "string" && Object.hasOwn(steps, kind);
}

/** Works on one message. Whoever can write to the queue may have sent something else: that goes to people. */
export async function dispatch(core: Core, message: Message, receives: number): Promise<Verdict> {
  const { kind } = message;
  if (!isMessageKind(kind)) return { outcome: "dead-letter", reason: "unknown kind of message" };
  return await (steps[kind] as Step<typeof kind>)(core, message, receives);
}

async function onJob(...[core, message, receives]: Parameters<Step<"job">>): Promise<Verdict> {
  if (message.action === "in_progress") await onInProgress(core, message);
  else if (message.action === "completed") await onCompleted(core, message);
  else return await onQueued(core, message, receives);
  return done;
}
