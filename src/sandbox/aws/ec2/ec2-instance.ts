import { mkdir } from "node:fs/promises";
import { setTimeout as sleep } from "node:timers/promises";
import { removeTree } from "../../../../runner-image/supervisor/remove-tree.ts";
import type { Instance } from "./instance/instance.ts";
import type { LaunchPlan } from "./launch-plan.ts";
import type { Ec2Timings, InstanceStateName } from "./options.ts";

/** What never changes about an instance. */
export type InstanceFacts = {
  readonly id: string;
  /** Instances are numbered in the order of their launch. */
  readonly number: number;
  readonly reservationId: string;
  /** Among the instances of its reservation, from 0. */
  readonly launchIndex: number;
  readonly plan: LaunchPlan;
  readonly clientToken: string | undefined;
  readonly privateIp: string;
  readonly launchedAtMs: number;
  readonly spotRequestId: string | undefined;
  readonly networkInterfaceId: string;
  /** One for each block device. */
  readonly volumeIds: readonly string[];
};

export type StateReason = { readonly code: string; readonly message: string };

export type Ec2Instance = {
  readonly facts: InstanceFacts;
  state(): InstanceStateName;
  /** Why it is ending, stopped or terminated. */
  stateReason(): StateReason | undefined;
  /** For people, with the time. */
  transitionReason(): string;
  /** Milliseconds since the epoch; undefined until it is terminated. */
  terminatedAtMs(): number | undefined;
  /** The newest 64 KB of its console. */
  console(): string;
  /** Begins its end; one that is ending already goes on ending for its first reason. */
  terminate(reason: StateReason, transitionReason?: string): void;
  /** Announces to a spot instance that it will be ended, and ends it `spotNoticeMs` later. Once. */
  interrupt(): void;
  /** Ends it at once; resolves when nothing of it is left. */
  close(): Promise<void>;
};

export type Ec2InstanceOptions = {
  readonly facts: InstanceFacts;
  readonly timings: Ec2Timings;
  /** A folder of its own; gone when it is terminated. */
  readonly folder: string;
  /** Makes the machine that it is. */
  readonly start: () => Promise<Instance>;
  /** It has changed its state, or is told that it will be ended. */
  readonly onChange: (what: InstanceStateName | "notice") => void;
  /** Its console will not change any more. */
  readonly onConsole: (text: string) => void;
  /** It never really starts, for this reason. */
  readonly stillborn?: StateReason | undefined;
};

type At = {
  readonly options: Ec2InstanceOptions;
  /** Ends the waits of an instance that has to end now. */
  readonly ending: AbortController;
  /** Ends the waits that are there only because the original takes its time. */
  readonly closing: AbortController;
  state: InstanceStateName;
  reason: StateReason | undefined;
  transition: string;
  terminatedAtMs: number | undefined;
  machine: Instance | undefined;
  printed: string;
  notice: NodeJS.Timeout | undefined;
  /** Resolves when nothing of it is left: it is stopped or terminated. */
  life: Promise<void>;
};

/** Launches an instance: it is pending, then running until somebody ends it or it shuts itself down. */
export function ec2Instance(options: Ec2InstanceOptions): Ec2Instance {
  const at: At = {
    options,
    ending: new AbortController(),
    closing: new AbortController(),
    state: "pending",
    reason: undefined,
    transition: "",
    terminatedAtMs: undefined,
    machine: undefined,
    printed: "",
    notice: undefined,
    life: Promise.resolve(),
  };
  at.life = live(at);
  return {
    facts: options.facts,
    state: () => at.state,
    stateReason: () => at.reason,
    transitionReason: () => at.transition,
    terminatedAtMs: () => at.terminatedAtMs,
    console: () => at.machine?.console() ?? at.printed,
    terminate: (reason, transition) => terminate(at, reason, transition),
    interrupt() {
      if (at.notice !== undefined || at.options.facts.plan.market !== "spot" || at.state !== "running") return;
      const { spotNoticeMs } = options.timings;
      at.machine?.announceInterruption(Date.now() + spotNoticeMs);
      options.onChange("notice");
      at.notice = setTimeout(() => terminate(at, interrupted), spotNoticeMs);
    },
    async close() {
      at.closing.abort();
      terminate(at, userInitiated);
      await at.life;
    },
  };
}

const userInitiated = { code: "Client.UserInitiatedShutdown", message: "Client.UserInitiatedShutdown: User initiated shutdown" }; // prettier-ignore
const interrupted = { code: "Server.SpotInstanceTermination", message: "Server.SpotInstanceTermination: Spot instance termination" }; // prettier-ignore
const shutDownInside = { code: "Client.InstanceInitiatedShutdown", message: "Client.InstanceInitiatedShutdown: Instance initiated shutdown" }; // prettier-ignore
const failed = { code: "Server.InternalError", message: "Server.InternalError: Internal error on launch" };

function enter(at: At, state: InstanceStateName): void {
  at.state = state;
  at.options.onChange(state);
}

function terminate(at: At, reason: StateReason, transition = ""): void {
  const { state } = at;
  if (state === "shutting-down" || state === "terminated") return;
  enter(at, "shutting-down");
  at.reason = reason;
  at.transition = transition;
  clearTimeout(at.notice);
  at.ending.abort();
  // one that has stopped has no life left that would end it
  if (state === "stopped") at.life = finish(at);
}

/** From its launch to its end; never rejects. */
async function live(at: At): Promise<void> {
  const { timings, start, folder, stillborn } = at.options;
  await pause(timings.pendingMs, at.ending.signal);
  if (stillborn !== undefined) terminate(at, stillborn);
  try {
    if (at.state === "pending") {
      await mkdir(folder, { recursive: true });
      at.machine = await start();
    }
    if (at.state === "pending") enter(at, "running");
  } catch (error) {
    at.printed = `The instance could not be started: ${error instanceof Error ? error.message : String(error)}\n`;
    terminate(at, failed);
  }
  if (at.machine !== undefined) await powerOff(at, at.machine);
  await finish(at);
}

/** Resolves when the machine is off, by itself or because the instance has to end. */
async function powerOff(at: At, machine: Instance): Promise<void> {
  const { signal } = at.ending;
  const told = new Promise<void>((resolve) => {
    if (signal.aborted) resolve();
    else signal.addEventListener("abort", () => resolve(), { once: true });
  });
  await Promise.race([machine.poweredOff, told]);
  if (at.state === "running") shutDown(at);
  await machine.kill().catch(() => undefined);
}

/** What `shutdown` inside means depends on the launch request. */
function shutDown(at: At): void {
  if (at.options.facts.plan.shutdownBehavior === "terminate") return terminate(at, shutDownInside);
  enter(at, "stopping");
  at.reason = shutDownInside;
  clearTimeout(at.notice);
}

async function finish(at: At): Promise<void> {
  const { timings, folder, onConsole } = at.options;
  await pause(timings.shuttingDownMs, at.closing.signal);
  if (at.machine !== undefined) at.printed = at.machine.console();
  at.machine = undefined;
  onConsole(at.printed);
  if (at.state === "stopping") {
    enter(at, "stopped");
    return;
  }
  await removeTree(folder);
  at.terminatedAtMs = Date.now();
  enter(at, "terminated");
}

async function pause(ms: number, signal: AbortSignal): Promise<void> {
  await sleep(ms, undefined, { signal }).catch(() => undefined);
}
