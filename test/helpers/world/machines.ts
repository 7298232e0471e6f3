import type { App } from "../../../src/core/app.ts";
import type { ComputeProvider, LaunchRequest } from "../../../src/core/ports.ts";
import { faultPlan } from "./faults.ts";
import type { FaultPlan } from "./faults.ts";
import type { WorldGitHub } from "./github.ts";

/** One invocation or instance: a machine that claims, listens, runs one job and says that it has ended. */
export type WorldMachine = {
  readonly request: LaunchRequest;
  readonly claimId: string;
  /** Of an instance, which can prove it. */
  readonly instanceId?: string;
  state: "starting" | "listening" | "ended";
  session: string;
  githubName: string;
  startsAtMs: number;
  answers: number[];
};

/** Lambda behind its port: asynchronous, at least once, and nothing can be listed or ended from outside. */
export type WorldMachines = {
  readonly provider: ComputeProvider;
  readonly faults: FaultPlan;
  readonly machines: WorldMachine[];
  /** Distinct runners that ever got a machine. */
  launches(): number;
  /** The next `count` accepted invocations vanish, or are delivered twice. */
  disturb(kind: "drop" | "duplicate", count: number): void;
  /** Machines whose time has come claim and listen. */
  boot(app: App, nowMs: number): Promise<void>;
  end(githubName: string, app: App, event: Record<string, unknown>): Promise<void>;
};

export function worldMachines(github: WorldGitHub, now: () => number): WorldMachines {
  const faults = faultPlan("lambda");
  const machines: WorldMachine[] = [];
  const disturbances: ("drop" | "duplicate")[] = [];
  const start = (request: LaunchRequest): void => {
    const claimId = `claim-${machines.length}`;
    const startsAtMs = now() + 1000;
    machines.push({ request, claimId, state: "starting", session: "", githubName: "", startsAtMs, answers: [] });
  };
  const provider: ComputeProvider = {
    traits: {
      execution: "lambda",
      claimWithinSeconds: 90,
      lifetimeSeconds: 900,
      usualStartSeconds: 15,
      offer: { archs: ["x64"], memoryMb: [3008] },
    },
    launch: async (request) =>
      faults.around("Invoke", () => {
        const disturbance = disturbances.shift();
        if (disturbance !== "drop") start(request);
        if (disturbance === "duplicate") start(request);
        return { machineId: undefined };
      }),
    terminate: async () => {},
    list: async () => undefined,
  };
  return {
    provider,
    faults,
    machines,
    launches: () => new Set(machines.map((machine) => machine.request.runnerName)).size,
    disturb: (kind, count) => void disturbances.push(...Array.from({ length: count }, () => kind)),
    ...lives(github, machines),
  };
}

/** What all machines do alike. */
export function lives(github: WorldGitHub, machines: readonly WorldMachine[]): Pick<WorldMachines, "boot" | "end"> {
  return {
    async boot(app, nowMs) {
      for (const machine of machines.filter((one) => one.state === "starting" && one.startsAtMs <= nowMs)) {
        await claim(app, github, machine, nowMs);
      }
    },
    async end(githubName, app, event) {
      const machine = machines.find((one) => one.githubName === githubName);
      if (machine === undefined || machine.state === "ended") return;
      machine.state = "ended";
      const { session, request } = machine;
      await app.onHost("/host/event", { runner: request.runnerName, session, type: "ended", ...event });
    },
  };
}

async function claim(app: App, github: WorldGitHub, machine: WorldMachine, nowMs: number): Promise<void> {
  const { runnerName: runner, claimToken: token } = machine.request;
  const identity = machine.instanceId && { document: machine.instanceId, signature: "genuine" };
  const answer = await app.onHost("/host/claim", { runner, token, claimId: machine.claimId, identity });
  machine.answers.push(answer.status);
  if (answer.status === 503) {
    machine.startsAtMs = nowMs + (answer.retryAfterSeconds ?? 1) * 1000;
    return;
  }
  if (answer.status !== 200) {
    machine.state = "ended";
    return;
  }
  machine.state = "listening";
  machine.session = String(answer.body?.["session"]);
  machine.githubName = String(answer.body?.["githubRunnerName"]);
  const registered = [...github.runners.values()].find((one) => one.name === machine.githubName);
  if (registered !== undefined) registered.online = true;
  const host = { runner, session: machine.session };
  const stream = `2026/11/22/[$LATEST]${runner}`;
  await app.onHost("/host/event", { ...host, type: "booted", logGroup: "/aws/lambda/runner", logStream: stream });
  await app.onHost("/host/event", { ...host, type: "listening" });
}
