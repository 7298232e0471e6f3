import type { Candidate, MachineSpec } from "../../../src/core/model/machine.ts";
import type { ComputeProvider, LaunchRequest, Machine } from "../../../src/core/ports.ts";
import { CallError } from "../../../src/core/errors/call-error.ts";
import { regionOfZone } from "../../../src/core/model/region-of-zone.ts";
import { faultPlan } from "./faults.ts";
import type { FaultPlan } from "./faults.ts";
import type { WorldGitHub } from "./github.ts";
import { lives } from "./machines.ts";
import type { WorldMachine, WorldMachines } from "./machines.ts";

type Instance = WorldMachine & { readonly launchedAtMs: number; ended?: string };

/**
 * EC2 behind its port: idempotent by token, with capacity and a quota, a list that lags, and machines that end. What it
 * has is in eu-central-1; with `regions` there is more of it, each with a quota of its own.
 */
export type WorldEc2 = Pick<WorldMachines, "provider" | "boot" | "end"> & {
  readonly faults: FaultPlan;
  readonly machines: Instance[];
  /** `spot/c7i.large/subnet-a` and the like: no room there. */
  readonly soldOut: Set<string>;
  /** Machines that may run at a time in each region. */
  quota: number;
  readonly regions: string[];
  /** Regions that do not answer. */
  readonly down: Set<string>;
  /** A new instance is shown by the list only after so many seconds. */
  listLagSeconds: number;
  /** An instance takes so long to boot. */
  bootSeconds: number;
  /** AWS ends the instance; its host says nothing. */
  take(machine: Instance, why: string): void;
  alive(): Instance[];
};

export function worldEc2(github: WorldGitHub, now: () => number): WorldEc2 {
  const machines: Instance[] = [];
  const faults = faultPlan("ec2");
  const world: WorldEc2 = {
    provider: provider(() => world, now),
    faults,
    machines,
    soldOut: new Set(),
    quota: 1000,
    regions: [home],
    down: new Set(),
    listLagSeconds: 0,
    bootSeconds: 20,
    take(machine, why) {
      machine.ended = why;
      machine.state = "ended";
      const runner = [...github.runners.values()].find((one) => one.name === machine.githubName);
      if (runner !== undefined) runner.online = false;
    },
    alive: () => machines.filter(({ ended }) => ended === undefined),
    ...lives(github, machines),
  };
  return world;
}

const home = "eu-central-1";
const subnets = { "subnet-a": "eu-central-1a", "subnet-b": "eu-central-1b" };

function candidates({ instanceTypes = ["c7i.large"], spot = "prefer", ...spec }: MachineSpec): Candidate[] {
  const markets = { prefer: ["spot", "on-demand"], only: ["spot"], never: ["on-demand"] } as const;
  const places = spec.subnets?.list.map(({ id, zone }) => [id, zone] as const) ?? Object.entries(subnets);
  return markets[spot].flatMap((market) =>
    instanceTypes.flatMap((instanceType) => places.map(([subnet, zone]) => ({ market, instanceType, subnet, zone }))),
  );
}

function provider(worldOf: () => WorldEc2, now: () => number): ComputeProvider {
  const tokens = new Map<string, { text: string; machine: Instance }>();
  const shown = ({ request, instanceId = "", ended }: Instance): Machine => ({
    runnerName: request.runnerName,
    machineId: instanceId,
    ...(ended === undefined ? {} : { ended }),
  });
  return {
    get traits() {
      const { regions } = worldOf();
      return {
        execution: "ec2" as const,
        claimWithinSeconds: 300,
        lifetimeSeconds: 3600,
        usualStartSeconds: 60,
        offer: { archs: ["x64" as const] },
        regions,
        logGroups: { [home]: "/mayfly/runners", "us-west-2": "/mayfly/runners-far" },
        launchRate: { burst: 5, perSecond: 2 },
      };
    },
    candidates,
    regionOf: ({ subnets: named }) => regionOfZone(named?.list[0]?.zone ?? "") ?? home,
    launch: async (request) => {
      const world = worldOf();
      answers(world, request.region, "RunInstances");
      return world.faults.around("RunInstances", () => ({ machineId: runInstance(world, tokens, request, now()) }));
    },
    terminate: async ({ runnerName, machineId, region }) => {
      const world = worldOf();
      answers(world, region, "TerminateInstances");
      world.faults.around("TerminateInstances", () => {
        for (const machine of world.machines) {
          const meant =
            machineId === undefined ? machine.request.runnerName === runnerName : machine.instanceId === machineId;
          if (meant && machine.request.region === region) world.take(machine, "terminated");
        }
      });
    },
    list: async ({ region, runnerName }) => {
      const { machines, listLagSeconds, faults } = worldOf();
      answers(worldOf(), region, "DescribeInstances");
      return faults.around("DescribeInstances", () =>
        machines
          .filter((machine) => machine.request.region === region)
          .filter((machine) => runnerName === undefined || machine.request.runnerName === runnerName)
          .filter((machine) => now() >= machine.launchedAtMs + listLagSeconds * 1000)
          .map(shown),
      );
    },
    identify: async ({ document, signature }, region) => {
      const isThere = worldOf().machines.some((one) => one.instanceId === document && one.request.region === region);
      return signature === "genuine" && isThere ? document : undefined;
    },
  };
}

function answers({ down }: WorldEc2, region: string, operation: string): void {
  if (!down.has(region)) return;
  throw new CallError({ service: "ec2", operation, kind: "unavailable", message: `${region} does not answer` });
}

function runInstance(
  world: WorldEc2,
  tokens: Map<string, { text: string; machine: Instance }>,
  request: LaunchRequest,
  nowMs: number,
): string {
  const fail = (code: string, more: object): never => {
    const facts = { service: "ec2", operation: "RunInstances", kind: "capacity", message: code, code } as const;
    throw new CallError({ ...facts, ...more });
  };
  const { runnerName, candidate, candidateNumber } = request;
  const token = `${runnerName}-${candidateNumber}`;
  const text = JSON.stringify(request);
  const known = tokens.get(token);
  if (known !== undefined) {
    if (known.text !== text) throw new Error("IdempotentParameterMismatch");
    return known.machine.instanceId ?? "";
  }
  if (candidate === undefined) throw new Error("no candidate");
  const { market, instanceType, subnet } = candidate;
  if (world.soldOut.has(`${market}/${instanceType}/${subnet}`)) {
    fail("InsufficientInstanceCapacity", { blocks: "candidate" });
  }
  const here = world.alive().filter((one) => one.request.region === request.region);
  if (here.length >= world.quota) fail("VcpuLimitExceeded", { kind: "quota", quota: "vCPUs (L-1216C47A)" });
  const machine: Instance = {
    request,
    claimId: `claim-${world.machines.length}`,
    instanceId: `i-${world.machines.length}`,
    launchedAtMs: nowMs,
    state: "starting",
    session: "",
    githubName: "",
    startsAtMs: nowMs + world.bootSeconds * 1000,
    answers: [],
  };
  world.machines.push(machine);
  tokens.set(token, { text, machine });
  return machine.instanceId ?? "";
}
