import type { Repository } from "../../../src/core/model/repository.ts";
import type { NewJob, NewRun } from "./github/engine.ts";
import { runnerFiles } from "./github/port.ts";
import type { SimJob, SimRun } from "./github/state.ts";
import type { World } from "./world.ts";

const hourMs = 3_600_000;

const repositories: readonly Repository[] = [
  { id: 71, owner: "octo", name: "demo", installationId: 5, private: true },
  { id: 72, owner: "octo", name: "site", installationId: 5, private: true },
  { id: 73, owner: "acme", name: "api", installationId: 6, private: true },
];

/** Its installation is not served. */
const foreign: Repository = { id: 99, owner: "stranger", name: "other", installationId: 99, private: true };

/** People push, cancel, approve and re-run, at random, from now on until `untilMs`; `jobsPerHour` on average. */
export function startUsers(world: World, untilMs: number, jobsPerHour: number): void {
  const { clock, random } = world;
  world.listen((fact) => {
    if (fact.kind !== "job") return;
    if (fact.status === "waiting") approveLater(world, fact.job);
    if (fact.status === "queued" && fact.job.kind === "served") cancelLater(world, fact.job, "cancel-while-queued");
    if (fact.status === "in_progress") cancelLater(world, fact.job, "cancel-while-running");
    if (fact.status === "completed") rerunLater(world, fact.job.run);
  });
  const ageing = ageSomeJobs(world);
  world.listen((fact) => {
    // Somebody reads why it was refused, sooner or later.
    if (fact.kind !== "job" || fact.status !== "queued" || fact.job.kind === "served" || fact.job === ageing) return;
    clock.after(random.between(300_000, 2_400_000), () => world.engine.cancel(fact.job));
  });
  // Once in a while far more jobs at once than GitHub registers runners in a minute.
  if (random.is(0.03)) {
    const rush: NewJob = { labels: ["mayfly/lambda"], kind: "served", execution: "lambda", seconds: 20 };
    const jobs = Array.from({ length: 220 }, () => rush);
    clock.after(
      random.between(60_000, 3_600_000),
      () => void world.engine.startRun({ repository: repositories[0] as Repository, jobs }),
    );
  }
  startNewRepositories(world, untilMs);
  const meanJobs = 3.6;
  const next = (): void => {
    if (clock.nowMs() > untilMs) return;
    world.engine.startRun(newRun(world));
    const gapMs = (-Math.log(1 - random.next()) * hourMs * meanJobs) / jobsPerHour;
    clock.after(gapMs, next);
  };
  clock.after(random.between(0, 60_000), next);
}

/** Repositories of which Mayfly has never heard: only their deliveries, failed ones too, tell of their first jobs. */
function startNewRepositories(world: World, untilMs: number): void {
  const { clock, random } = world;
  const count = random.below(4);
  for (let index = 0; index < count; index += 1) {
    const repository: Repository = {
      id: 80 + index,
      owner: "acme",
      name: `new-${index}`,
      installationId: 6,
      private: true,
    };
    const push = (): void =>
      void world.engine.startRun({ repository, jobs: [oneJob(world, served(world, repository))] });
    clock.after(random.between(600_000, 3_300_000), push);
    // Somebody pushes again, at last, so that a first job of which GitHub has told nobody at all is found as well.
    const again: NewJob = { labels: ["mayfly/lambda"], kind: "served", execution: "lambda", seconds: 20 };
    clock.at(untilMs - random.between(0, 300_000), () => void world.engine.startRun({ repository, jobs: [again] }));
  }
}

function newRun(world: World): NewRun {
  const { random, faults } = world;
  if (random.is(0.02))
    return { repository: foreign, jobs: [{ ...served(world, foreign), kind: "foreign", execution: undefined }] };
  const repository = random.pick(repositories);
  const size = random.is(0.04) ? 15 + random.below(25) : 1 + random.below(4);
  const shape = served(world, repository);
  // Entries of a matrix are alike; the jobs of another workflow are not.
  const alike = random.is(0.6);
  const jobs = Array.from({ length: size }, () => oneJob(world, alike ? shape : served(world, repository)));
  const maxParallel = size > 1 && faults.strikes("max-parallel") ? 1 + random.below(2) : undefined;
  const group = faults.strikes("concurrency-group") ? `${repository.id}-deploy` : undefined;
  // Somebody's pull request from a fork: the same workflow with the same labels.
  if (random.is(0.04)) {
    const theirs = jobs.map((job) => (job.kind === "served" ? ({ ...job, kind: "stranger" } as const) : job));
    return { repository, jobs: theirs, fork: true };
  }
  return { repository, jobs, maxParallel, group };
}

function oneJob(world: World, shape: NewJob): NewJob {
  const { random } = world;
  if (random.is(0.03))
    return {
      labels: random.pick([["mayfly/unknown"], ["mayfly", "windows"]]),
      kind: "refused",
      execution: undefined,
      seconds: 10,
    };
  if (random.is(0.05)) return { labels: ["ubuntu-latest"], kind: "hosted", execution: undefined, seconds: 10 };
  const hold = world.faults.isOn("queued-while-waiting") && random.is(0.06) ? ("approval" as const) : undefined;
  const lambda = shape.execution === "lambda";
  const seconds = random.is(0.02) ? random.between(600, 1200) : random.between(5, lambda ? 150 : 400);
  return { ...shape, seconds: Math.ceil(seconds), hold };
}

function served(world: World, { id }: Repository): NewJob {
  const { random } = world;
  const kind = "served" as const;
  const plain = [["mayfly"], ["self-hosted", "mayfly"]];
  const onEc2 = [["mayfly/ec2"], ["self-hosted", "linux", "mayfly/ec2"], [`mayfly/ec2/run=${random.below(1e6)}`]];
  const lambda = [["mayfly/lambda"], ...(runnerFiles.has(id) ? [] : plain)];
  const ec2 = [...onEc2, ...(runnerFiles.has(id) ? plain : [])];
  return random.is(0.55)
    ? { labels: random.pick(lambda), kind, execution: "lambda", seconds: 60 }
    : { labels: random.pick(ec2), kind, execution: "ec2", seconds: 60 };
}

/** Jobs that have been queued for almost a day, for example because Mayfly was only installed now. */
function ageSomeJobs(world: World): SimJob | undefined {
  const { random } = world;
  if (!world.faults.isOn("day-limit") || !random.is(0.4)) return undefined;
  const agedMs = 24 * hourMs - random.between(600_000, 2 * hourMs);
  const refused = { labels: ["mayfly/unknown"], kind: "refused", execution: undefined, seconds: 10, agedMs } as const;
  const repository = random.pick(repositories);
  return world.engine.startRun({ repository, jobs: [{ ...served(world, repository), agedMs }, refused] }).jobs[1];
}

function approveLater(world: World, job: SimJob): void {
  world.clock.after(world.random.between(30_000, 1_500_000), () => world.engine.approve(job));
}

function cancelLater(world: World, job: SimJob, how: "cancel-while-queued" | "cancel-while-running"): void {
  const { clock, random, faults, engine } = world;
  if (!faults.isOn(how) || !faults.strikes(how)) return;
  const status = job.status;
  clock.after(random.between(500, how === "cancel-while-queued" ? 90_000 : job.seconds * 900), () => {
    if (job.status === status) engine.cancel(job);
  });
}

function rerunLater(world: World, run: SimRun): void {
  const { clock, random, faults } = world;
  if (run.completedAtMs !== undefined || run.attempt > 2) return;
  clock.after(random.between(5000, 60_000), () => {
    if (run.completedAtMs !== undefined && run.conclusion !== "success" && faults.strikes("re-run")) {
      world.engine.rerun(run, undefined);
    }
  });
}

/** Somebody else's machine tries the host channel with what it could have got hold of. */
export function startIntruder(world: World): void {
  const { random, clock } = world;
  const tokens: { name: string; token: string }[] = [];
  const attempt = (path: string, body: object, how: string): void =>
    world.post(path, body, (answer) => world.tell({ kind: "intruder", status: answer?.status ?? 0, how }));
  world.listen((fact) => {
    if (fact.kind !== "machine") return;
    const { runnerName: name, claimToken: token } = fact.machine.request;
    tokens.push({ name, token });
    if (!random.is(0.08)) return;
    const other = random.pick(tokens);
    const identity = { document: "i-intruder", signature: "genuine" };
    const claimId = "claim-of-an-intruder";
    clock.after(random.between(100, 60_000), () => {
      attempt(
        "/host/event",
        { runner: name, session: `claim-of-${fact.machine.id}.${other.token}`, type: "ended", outcome: "idle" },
        "a forged session",
      );
      if (other.name !== name)
        attempt("/host/claim", { runner: name, token: other.token, claimId, identity }, "another's token");
      if (fact.machine.execution !== "ec2") return;
      attempt("/host/claim", { runner: name, token, claimId, identity }, "a copied token on another machine");
    });
  });
}
