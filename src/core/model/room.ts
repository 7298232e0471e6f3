import type { Core } from "../core.ts";
import type { CallErrorFacts } from "../errors/call-error.ts";
import type { Candidate } from "./machine.ts";
import type { Runner } from "./runner.ts";

/** Where machines compete for room: quotas and capacity are those of an account in a region. */
export type Place = Pick<Runner, "execution" | "region">;

/**
 * What had no room a little while ago, so that nobody asks for it again at once: names with an expiry, kept as slots
 * are, in a scope of their own for each execution in each region.
 */
export type Shortage = { readonly name: string; readonly quota: string | undefined };

/** What jobs wait for when there is no room for any candidate; shared by all jobs of the execution in the region. */
export function roomScope({ execution, region }: Place): string {
  return `room:${execution}:${region}`;
}

const quotaPrefix = "quota/";

/** Shortages that are still believed. */
export async function readShortages(core: Core, place: Place): Promise<Shortage[]> {
  const names = await core.store.slots.list(roomScope(place));
  return names.map((name) => ({
    name,
    quota: name.startsWith(quotaPrefix) ? name.split("/").slice(2).join("/") : undefined,
  }));
}

/** Remembers what a refused launch call told about its candidate; resolves with the name of the shortage. */
export async function rememberShortage(
  core: Core,
  place: Place,
  candidate: Candidate,
  facts: CallErrorFacts,
): Promise<Shortage> {
  const { capacityMemorySeconds, quotaMemorySeconds } = core.settings.timings;
  const name = shortageName(candidate, facts);
  const seconds = facts.kind === "quota" ? quotaMemorySeconds : capacityMemorySeconds;
  const untilMs = core.clock.nowMs() + seconds * 1000;
  await core.store.slots.take(roomScope(place), name, Number.MAX_SAFE_INTEGER, untilMs);
  return { name, quota: facts.kind === "quota" ? (facts.quota ?? "a quota") : undefined };
}

/** A machine has ended, so there is room in its quota again: the next launch asks. */
export async function forgetQuotaShortages(core: Core, place: Place): Promise<void> {
  const shortages = await readShortages(core, place);
  const used = shortages.filter(({ quota }) => quota !== undefined);
  await Promise.all(used.map(async ({ name }) => await core.store.slots.free(roomScope(place), name)));
}

/** The shortage that speaks against this candidate, undefined when none does. */
export function shortageOf(candidate: Candidate, shortages: readonly Shortage[]): Shortage | undefined {
  const { market, instanceType, subnet } = candidate;
  const own = new Set([`${market}/${instanceType}/${subnet}`, `subnet/${subnet}`, `market/${market}`]);
  return shortages.find(({ name }) => own.has(name) || name.startsWith(`${quotaPrefix}${market}/`));
}

function shortageName({ market, instanceType, subnet }: Candidate, { kind, blocks, quota }: CallErrorFacts): string {
  if (kind === "quota") return `${quotaPrefix}${market}/${quota ?? "a quota"}`;
  if (blocks === "market") return `market/${market}`;
  return blocks === "subnet" ? `subnet/${subnet}` : `${market}/${instanceType}/${subnet}`;
}
