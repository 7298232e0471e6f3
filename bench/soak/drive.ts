import { setTimeout as pause } from "node:timers/promises";
import { sign } from "@octokit/webhooks-methods";
import type { ChildProgram } from "./child-program.ts";
import { intruder } from "./intruder.ts";
import type { Intruder, Rejections } from "./intruder.ts";
import { killPoints } from "./kill-points.ts";
import { patienceMs } from "./patience.ts";
import type { SoakPlan } from "./soak-plan.ts";
import type { SoakServer } from "./soak-server.ts";
import type { Look } from "./soak-world.ts";

export type Drive = {
  readonly world: ChildProgram;
  readonly server: SoakServer;
  readonly plan: SoakPlan;
  readonly kills: number;
  /** Where webhooks go. */
  readonly url: string;
  readonly webhookSecret: string;
  readonly pick: (count: number) => number;
  readonly onProgress: (text: string) => void;
};

export type Driven = {
  /** What badly signed deliveries were answered. */
  readonly bad: Rejections;
  /** Machines that lived when the server was killed, all kills together. */
  readonly machinesAtKills: number;
};

const lookEveryMs = 50;
const tellEveryMs = 15_000;
const longestAimMs = 300;

/**
 * Lets GitHub go through its workload while a stranger sends bad deliveries and the server is killed again and again.
 * Resolves when all of that is done and every job has ended, or when no job has ended for too long.
 */
export async function drive({ world, server, plan, kills, pick, onProgress, ...door }: Drive): Promise<Driven> {
  const points = killPoints(plan.jobs, kills, pick);
  let machinesAtKills = 0;
  let stranger: Intruder | undefined;
  const sending: Promise<void>[] = [];
  const pushed = world.call("drive");
  // reported where it is awaited, not in between
  pushed.catch(() => undefined);
  let [ended, movedAtMs, toldAtMs] = [0, performance.now(), performance.now()];
  while (ended < plan.jobs && performance.now() < movedAtMs + patienceMs) {
    const look = await world.call<Look>("look");
    if (look.jobsEnded !== ended) movedAtMs = performance.now();
    ended = look.jobsEnded;
    const told = `${ended} of ${plan.jobs} jobs have ended`;
    stranger ??= await meet(world, door, pick);
    const badDue = Math.ceil((plan.badSignatures * ended) / plan.jobs);
    if (stranger !== undefined) sending.push(stranger.sendUpTo(badDue));
    if (points[0] !== undefined && ended >= points[0]) {
      points.shift();
      await pause(pick(longestAimMs));
      machinesAtKills += (await world.call<Look>("look")).machines;
      onProgress(`${told}: SIGKILL`);
      await server.killAndRestart();
      toldAtMs = performance.now();
    } else if (performance.now() > toldAtMs + tellEveryMs) {
      onProgress(told);
      toldAtMs = performance.now();
    }
    await pause(lookEveryMs);
  }
  await Promise.all(sending);
  if (ended >= plan.jobs) await pushed;
  return { bad: stranger?.answers() ?? {}, machinesAtKills };
}

/** There is nothing to forge before GitHub has sent something. */
async function meet(
  world: ChildProgram,
  { url, webhookSecret }: Pick<Drive, "url" | "webhookSecret">,
  pick: (count: number) => number,
): Promise<Intruder | undefined> {
  const sample = await world.call<string | undefined>("sample");
  return sample === undefined ? undefined : intruder(url, sample, await sign(webhookSecret, sample), pick);
}
