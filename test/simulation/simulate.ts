import { invariants } from "./invariants.ts";
import type { Fact } from "./world/fact.ts";
import { startIntruder, startUsers } from "./world/users.ts";
import { makeWorld, startMs } from "./world/world.ts";
import type { World } from "./world/world.ts";

export type Violation = { readonly invariant: string; readonly atMs: number; readonly what: string };

export type Outcome = {
  readonly seed: number;
  readonly virtualHours: number;
  /** Jobs that we serve. */
  readonly jobs: number;
  readonly faults: Readonly<Record<string, number>>;
  readonly violations: readonly Violation[];
  readonly lost: number;
  readonly leaked: number;
  /** Digest of everything that happened: equal for equal seeds. */
  readonly trace: string;
  /** The last events before the first violation and all about what it names; empty without one. */
  readonly timeline: readonly string[];
};

const minuteMs = 60_000;
/** A world takes some ten thousand steps; one that takes so many goes round in circles. */
const mostSteps = 2_000_000;
const drainMs = 4 * 3_600_000;

/** One seed: an hour or more of faults, half an hour without, then until all is quiet. */
export async function simulate(
  seed: number,
  options: { readonly timeline?: boolean; readonly stopAtFirst?: boolean } = {},
): Promise<Outcome> {
  const world = makeWorld(seed);
  const trace = tracer(world, options.timeline === true);
  const violations: Violation[] = [];
  const watchers = invariants.map(({ name, watch }) =>
    watch(world, (what) => {
      violations.push({ invariant: name, atMs: world.nowMs(), what });
      trace.note(`VIOLATION of ${name}: ${what}`);
    }),
  );
  const onFact = watchers.flatMap(({ on }) => on ?? []);
  world.listen((fact) => {
    trace.fact(fact);
    for (const on of onFact) on(fact);
  });
  const ticks = watchers.flatMap(({ tick }) => tick ?? []);
  const minutes = watchers.flatMap(({ minute }) => minute ?? []);
  const step = (): void => ticks.forEach((tick) => tick());
  const everyMinute = (): void => {
    minutes.forEach((minute) => minute());
    world.clock.after(minuteMs, everyMinute);
  };
  const enough = (): boolean => {
    if (world.clock.steps() > mostSteps && !violations.some(({ invariant }) => invariant === "no-runaway")) {
      violations.push({ invariant: "no-runaway", atMs: world.nowMs(), what: `${mostSteps} steps and no end` });
    }
    return world.clock.steps() > mostSteps || (options.stopAtFirst === true && violations.length > 0);
  };
  everyMinute();
  world.startSchedule();
  const faultsMs = world.backAtMs() === undefined ? 60 * minuteMs : 110 * minuteMs;
  const calmMs = startMs + faultsMs + 30 * minuteMs;
  startUsers(world, calmMs, 130);
  startIntruder(world);
  for (let at = startMs; at < startMs + faultsMs && !enough(); at += minuteMs)
    await world.clock.run(at + minuteMs, step);
  world.stopFaults();
  for (let at = world.nowMs(); at < calmMs && !enough(); at += minuteMs) await world.clock.run(at + minuteMs, step);
  const lastMs = world.nowMs() + drainMs;
  while (!isQuiet(world) && world.nowMs() < lastMs && !enough()) await world.clock.run(world.nowMs() + minuteMs, step);
  // What expires by itself may do so, and what should stay quiet show that it does.
  if (!enough()) await world.clock.run(world.nowMs() + 6 * minuteMs, step);
  // A user may have done something a moment ago.
  for (let more = 0; more < 15 && world.queueSize() > 0 && !enough(); more += 1)
    await world.clock.run(world.nowMs() + minuteMs, step);
  if (!enough()) for (const { end } of watchers) end?.();
  return {
    seed,
    virtualHours: (world.nowMs() - startMs) / 3_600_000,
    jobs: [...world.github().jobs.values()].filter(({ kind }) => kind === "served").length,
    faults: world.faults.counts,
    violations,
    lost: violations.filter(({ invariant }) => invariant === "served").length,
    leaked: violations.filter(({ invariant }) => invariant === "nothing-left").length,
    trace: trace.digest(),
    timeline: violations.length > 0 ? trace.lines() : [],
  };
}

function isQuiet(world: World): boolean {
  return (
    world.openJobs().length === 0 && world.queueSize() === 0 && world.machines().every((machine) => !machine.alive())
  );
}

/** Digest and, on demand, the story of what happens. */
function tracer(
  world: World,
  tells: boolean,
): { fact(fact: Fact): void; note(text: string): void; digest(): string; lines(): string[] } {
  let digest = 0x811c9dc5;
  const lines: string[] = [];
  const take = (line: string, story = line): void => {
    for (let index = 0; index < line.length; index += 1)
      digest = Math.imul(digest ^ line.charCodeAt(index), 0x01000193) >>> 0;
    digest = Math.imul(digest ^ (world.nowMs() % 0x7fffffff), 0x01000193) >>> 0;
    if (!tells) return;
    const time = stamp(world.nowMs());
    lines.push(`${time}  ${story}`);
  };
  return {
    fact: (fact) => take(describe(fact, false), tells ? describe(fact, true) : ""),
    note: (text) => take(text),
    digest: () => `${digest.toString(16).padStart(8, "0")}-${world.clock.steps()}`,
    lines: () => lines,
  };
}

/** A record in a few words, anything else as it is. */
function brief(text: string): string {
  if (!text.startsWith('{"schema"')) return text;
  const { key, id, name, state, reason, cause, dueAtMs, version } = JSON.parse(text) as Record<string, unknown>;
  const why = (reason as { code?: string; detail?: string } | undefined) ?? {};
  const due = typeof dueAtMs === "number" ? `due ${stamp(dueAtMs)}` : "";
  return [key ?? id, id === undefined ? name : "", `v${String(version)}`, state, why.code, why.detail, cause, due]
    .filter(Boolean)
    .join(" ");
}

function stamp(ms: number): string {
  return new Date(ms).toISOString().slice(11, 23);
}

function describe(fact: Fact, forPeople: boolean): string {
  switch (fact.kind) {
    case "told":
      return `told that job ${fact.job.id} is ${fact.status}`;
    case "job":
      return `GitHub: job ${fact.job.id} (${fact.job.pool}) ${fact.status} ${fact.runner ?? fact.job.hold ?? ""}`;
    case "machine":
      return `machine ${fact.machine.id} of ${fact.machine.request.runnerName}`;
    case "machine-busy":
      return `machine ${fact.machine.id} of ${fact.machine.request.runnerName} runs job ${fact.job.id}`;
    case "machine-ended":
      return `machine ${fact.machine.id} of ${fact.machine.request.runnerName} ended: ${fact.why}`;
    case "launch":
      return `launch call for ${fact.request.runnerName}`;
    case "terminate":
      return `terminate call for ${fact.machine.id} of ${fact.machine.request.runnerName}`;
    case "claim":
      return `claim of ${fact.machine.id} for ${fact.machine.request.runnerName}: ${fact.status}`;
    case "mint":
      return `registered ${fact.name}`;
    case "call":
      return `${fact.service} ${fact.operation} (${fact.work.kind})`;
    case "text":
      return `${fact.where}: ${forPeople ? brief(fact.text) : fact.text}`;
    case "verdict":
      return `verdict ${fact.outcome} (${fact.receives}) for ${JSON.stringify(fact.message).slice(0, 120)}`;
    case "dead-letter":
      return `DEAD LETTER ${JSON.stringify(fact.message).slice(0, 200)}: ${fact.reason}`;
    case "intruder":
      return `intruder: ${fact.how}: ${fact.status}`;
    case "bug":
      return `BUG ${fact.text}`;
    case "struck":
      return `STRUCK by ${fact.fault} (${fact.pool ?? "no pool"})`;
  }
}
