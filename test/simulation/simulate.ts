import { invariants } from "./invariants.ts";
import { tracer } from "./trace.ts";
import type { Trace } from "./trace.ts";
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
  /** All that happened, in words; empty unless it was asked for. */
  readonly timeline: readonly string[];
};

const minuteMs = 60_000;
/** A world takes some ten thousand steps; one that takes so many goes round in circles. */
const mostSteps = 2_000_000;
/** People and machines may take so long to come to their end. */
const drainMs = 4 * 3_600_000;
const jobsPerHour = 100;

export type Options = {
  /** Tells the story as well. */
  readonly timeline?: boolean;
  readonly stopAtFirst?: boolean;
};

/** One seed: an hour or more of faults, half an hour without, then until all is quiet. */
export async function simulate(seed: number, options: Options = {}): Promise<Outcome> {
  const world = makeWorld(seed);
  const watch = watchWorld(world, options);
  await live(world, watch);
  const { violations, trace } = watch;
  const count = (name: string): number => violations.filter(({ invariant }) => invariant === name).length;
  return {
    seed,
    virtualHours: (world.nowMs() - startMs) / 3_600_000,
    jobs: [...world.github().jobs.values()].filter(({ kind }) => kind === "served").length,
    faults: world.faults.counts,
    violations,
    lost: count("served"),
    leaked: count("nothing-left"),
    trace: trace.digest(),
    timeline: trace.lines(),
  };
}

type Watch = {
  readonly violations: readonly Violation[];
  readonly trace: Trace;
  /** After each event. */
  step(): void;
  /** Nothing more is to be learnt from this seed. */
  isEnough(): boolean;
  end(): void;
};

/** Holds the world to every invariant. */
function watchWorld(world: World, options: Options): Watch {
  const trace = tracer(world, options.timeline === true);
  const violations: Violation[] = [];
  const watchers = invariants.map(({ name, watch }) =>
    watch(world, (what) => {
      violations.push({ invariant: name, atMs: world.nowMs(), what });
      trace.note(`VIOLATION of ${name}: ${what}`);
    }),
  );
  const onFact = watchers.flatMap(({ on }) => on ?? []);
  const ticks = watchers.flatMap(({ tick }) => tick ?? []);
  const minutes = watchers.flatMap(({ minute }) => minute ?? []);
  const everyMinute = (): void => {
    minutes.forEach((minute) => minute());
    world.clock.after(minuteMs, everyMinute);
  };
  world.listen((fact) => {
    trace.fact(fact);
    for (const on of onFact) on(fact);
  });
  everyMinute();
  return {
    violations,
    trace,
    step: () => ticks.forEach((tick) => tick()),
    isEnough: () => world.clock.steps() > mostSteps || (options.stopAtFirst === true && violations.length > 0),
    end() {
      if (world.clock.steps() > mostSteps) {
        violations.push({ invariant: "no-runaway", atMs: world.nowMs(), what: `${mostSteps} steps and no end` });
      }
      if (!this.isEnough()) for (const { end } of watchers) end?.();
    },
  };
}

async function live(world: World, watch: Watch): Promise<void> {
  /** Minute after minute, as long as `goesOn` and there is something to learn. */
  const minutes = async (goesOn: () => boolean): Promise<void> => {
    while (goesOn() && !watch.isEnough()) await world.clock.run(world.nowMs() + minuteMs, () => watch.step());
  };
  const until = (atMs: number) => (): boolean => world.nowMs() < atMs;
  const faultsMs = world.backAtMs() === undefined ? 60 * minuteMs : 110 * minuteMs;
  const calmUntilMs = startMs + faultsMs + 30 * minuteMs;
  world.startSchedule();
  startUsers(world, calmUntilMs, jobsPerHour);
  startIntruder(world);
  await minutes(until(startMs + faultsMs));
  world.stopFaults();
  await minutes(until(calmUntilMs));
  const lastMs = world.nowMs() + drainMs;
  do {
    await minutes(() => !isQuiet(world) && world.nowMs() < lastMs);
    // What expires by itself may do so, and what should stay quiet show that it does. A lost job may be run again.
    await minutes(until(world.nowMs() + 6 * minuteMs));
  } while (!isQuiet(world) && world.nowMs() < lastMs && !watch.isEnough());
  watch.end();
}

function isQuiet(world: World): boolean {
  const isOver = world.openJobs().length === 0 && world.queueSize() === 0;
  return isOver && world.machines().every((machine) => !machine.alive());
}
