import type { App } from "../../src/core/app.ts";
import type { Execution } from "../../src/core/model/execution.ts";
import type { MachineSpec, Candidate } from "../../src/core/model/machine.ts";
import type { HostAnswer } from "../../src/core/pipeline/claim.ts";
import type { ComputeProvider, ComputeTraits, JobFacts, LaunchRequest } from "../../src/core/ports.ts";
import type { BurstGitHub } from "./burst-github.ts";
import type { SkippingClock } from "./skipping-clock.ts";

type Machine = {
  readonly id: string;
  readonly request: LaunchRequest;
  asked: boolean;
  /** Undefined while it runs. */
  ended: string | undefined;
};

export type BurstMachines = {
  readonly provider: ComputeProvider;
  /** Operations of the provider that call no cloud. */
  readonly local: readonly string[];
  /** Milliseconds since the epoch at which each launch was accepted. */
  readonly launchedAtMs: readonly number[];
  /** What went wrong on a machine, in words: nothing may. */
  readonly faults: readonly string[];
  /** Jobs whose hook has asked, before the first step, whether they may run. */
  asked(): number;
  running(): number;
};

export type Outside = {
  readonly clock: SkippingClock;
  readonly bootSeconds: number;
  /** Known a little later than the machines. */
  readonly app: () => App;
  readonly github: () => BurstGitHub;
};

/** Traits as the adapters of the two executions have them; EC2's launch rate is AWS's own limit of RunInstances. */
const traits: Readonly<Record<"lambda" | "ec2", ComputeTraits>> = {
  lambda: {
    execution: "lambda",
    offer: { archs: ["x64"], memoryMb: [3008] },
    claimWithinSeconds: 90,
    lifetimeSeconds: 900,
    usualStartSeconds: 30,
  },
  ec2: {
    execution: "ec2",
    offer: { archs: ["x64"] },
    claimWithinSeconds: 300,
    lifetimeSeconds: 21_600,
    usualStartSeconds: 90,
    logGroups: { "eu-central-1": "/mayfly/runners" },
    launchRate: { burst: 5, perSecond: 2 },
  },
};

/** A cloud in this process: every launch gives a machine that boots, claims, runs one job and ends. */
export function burstMachines(execution: Extract<Execution, "lambda" | "ec2">, outside: Outside): BurstMachines {
  const machines: Machine[] = [];
  const launchedAtMs: number[] = [];
  const faults: string[] = [];
  const launch: ComputeProvider["launch"] = async (request) => {
    launchedAtMs.push(outside.clock.nowMs());
    const machine: Machine = { id: `i-${machines.length}`, request, asked: false, ended: undefined };
    machines.push(machine);
    live(machine, outside).catch((error: unknown) => faults.push(`${request.runnerName}: ${String(error)}`));
    return { machineId: execution === "ec2" ? machine.id : undefined };
  };
  const asked = (): number => machines.filter((machine) => machine.asked).length;
  const running = (): number => machines.filter(({ ended }) => ended === undefined).length;
  if (execution === "lambda") {
    const provider = { traits: traits.lambda, launch, terminate: async () => {}, list: async () => undefined };
    return { provider, local: ["terminate", "list"], launchedAtMs, faults, asked, running };
  }
  const provider: ComputeProvider = {
    traits: traits.ec2,
    candidates,
    launch,
    async terminate({ machineId, runnerName }) {
      for (const machine of machines) {
        const meant = machineId === undefined ? machine.request.runnerName === runnerName : machine.id === machineId;
        if (meant) machine.ended ??= "terminated";
      }
    },
    list: async ({ runnerName }) =>
      machines
        .filter(({ request }) => runnerName === undefined || request.runnerName === runnerName)
        .map(({ id, request, ended }) => ({ machineId: id, runnerName: request.runnerName, ended })),
    identify: async ({ document }) => document,
  };
  return { provider, local: ["candidates", "identify"], launchedAtMs, faults, asked, running };
}

function candidates({ instanceTypes = ["c7i.large"] }: MachineSpec): Candidate[] {
  const place = { subnet: "subnet-a", zone: "eu-central-1a" };
  return instanceTypes.flatMap((instanceType) => [
    { market: "spot" as const, instanceType, ...place },
    { market: "on-demand" as const, instanceType, ...place },
  ]);
}

/** What the host on a machine does, at its port's other side. */
async function live(machine: Machine, { clock, bootSeconds, app, github }: Outside): Promise<void> {
  const { runnerName: runner, claimToken: token } = machine.request;
  const tell = async (event: object): Promise<unknown> => await app().onHost("/host/event", { runner, ...event });
  const insist = async (path: string, body: object): Promise<HostAnswer> => {
    for (;;) {
      const reply = await app().onHost(path, { runner, ...body });
      if (reply.status !== 503) return reply;
      await clock.sleep((reply.retryAfterSeconds ?? 1) * 1000);
    }
  };
  await clock.sleep(bootSeconds * 1000);
  const identity = { document: machine.id, signature: "genuine" };
  const answer = await insist("/host/claim", { token, claimId: machine.id, identity });
  if (answer.status !== 200) {
    machine.ended = `claim answered ${answer.status}`;
    return;
  }
  const session = answer.body?.["session"];
  await tell({ session, type: "booted" });
  await tell({ session, type: "listening" });
  const idleUntilMs = clock.nowMs() + Number(answer.body?.["idleSeconds"]) * 1000;
  const mayRun = async ({ runId, runAttempt: attempt }: Pick<JobFacts, "runId" | "runAttempt">): Promise<boolean> => {
    if (answer.body?.["askBeforeJob"] === false) return true;
    machine.asked = true;
    return (await insist("/host/job", { session, runId, attempt })).status === 200;
  };
  let outcome: string | undefined;
  while (outcome === undefined && machine.ended === undefined && clock.nowMs() < idleUntilMs) {
    outcome = await github().listen(String(answer.body?.["githubRunnerName"]), mayRun);
    if (outcome === undefined) await clock.sleep(1000);
  }
  await tell({ session, type: "ended", exitCode: outcome === undefined ? 0 : 100, outcome: outcome ?? "idle" });
  machine.ended ??= "powered off";
}
