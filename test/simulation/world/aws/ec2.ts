import { runInstancesRate } from "../../../../src/adapters/compute/ec2/ec2-traits.ts";
import { CallError } from "../../../../src/core/errors/call-error.ts";
import type { CallErrorFacts } from "../../../../src/core/errors/call-error.ts";
import type { Candidate, MachineSpec } from "../../../../src/core/model/machine.ts";
import type { LaunchRequest, Machine as Listed } from "../../../../src/core/ports.ts";
import { Machine } from "../machine.ts";
import type { MachineOutside } from "../machine.ts";
import { callOut } from "../sim.ts";
import type { Invocation } from "../sim.ts";
import type { Cloud } from "./lambda.ts";

const lifetimeSeconds = 6 * 3600;
const ms = { low: 60, high: 400, reply: true };
const subnets = { "subnet-a": "eu-central-1a", "subnet-b": "eu-central-1b" };
export const instanceTypes: readonly string[] = ["c7i.large", "m7i.large"];
/** https://docs.aws.amazon.com/ec2/latest/devguide/ec2-api-throttling.html */
const documentedRate = { burst: 5, perSecond: 2 };

/** EC2: idempotent by token, with capacity, a quota, a token bucket, lists that lag, and machines that are taken. */
export function ec2Cloud(
  outside: MachineOutside,
  quota: number,
  isDown: () => boolean,
): Cloud & { violations: string[] } {
  const { sim } = outside;
  const { clock, random, faults } = sim;
  const machines: Machine[] = [];
  const violations: string[] = [];
  const tokens = new Map<string, { text: string; machine: Machine }>();
  const soldOutUntil = new Map<string, number>();
  const bucket = { tokens: documentedRate.burst, atMs: clock.nowMs() };
  let last = 0;

  const start = (request: LaunchRequest): Machine => {
    last += 1;
    const machine = new Machine(outside, "ec2", `i-${last}`, request);
    machines.push(machine);
    clock.after(lifetimeSeconds * 1000, () => machine.end("lifetime"));
    if (!faults.strikes("endless-boot")) {
      const slow = faults.strikes("slow-boot") ? random.between(60_000, 330_000) : random.between(15_000, 45_000);
      clock.after(slow, () => machine.start());
    }
    if (request.candidate?.market === "spot" && faults.strikes("spot-reclaim")) {
      clock.after(random.between(30_000, 600_000), () => {
        if (!machine.alive()) return;
        // Two minutes' notice, mostly.
        if (random.is(0.7)) machine.notice("Spot interruption: terminate");
        clock.after(random.is(0.7) ? 120_000 : 0, () => machine.end("Server.SpotInstanceTermination"));
      });
    }
    return machine;
  };

  const takeToken = (): boolean => {
    const nowMs = clock.nowMs();
    const { burst, perSecond } = documentedRate;
    bucket.tokens = Math.min(burst, bucket.tokens + ((nowMs - bucket.atMs) / 1000) * perSecond);
    bucket.atMs = nowMs;
    if (bucket.tokens < 1) return false;
    bucket.tokens -= 1;
    return true;
  };

  const run = (invocation: Invocation, request: LaunchRequest): { machineId: string } => {
    const fail = (kind: CallErrorFacts["kind"], code: string, more: Partial<CallErrorFacts> = {}): never => {
      sim.tell({ kind: "struck", fault: code, pool: invocation.work.pool });
      throw new CallError({ service: "ec2", operation: "RunInstances", kind, message: code, code, ...more });
    };
    sim.tell({ kind: "launch", request, execution: "ec2", work: invocation.work });
    const overLimit = takeToken() ? undefined : "RunInstances token bucket";
    sim.tell({
      kind: "call",
      service: "ec2",
      operation: "RunInstances",
      installationId: undefined,
      work: invocation.work,
      overLimit,
    });
    if (isDown()) return fail("unavailable", "aws-stop");
    if (overLimit !== undefined || faults.strikes("token-bucket")) return fail("rate-limited", "RequestLimitExceeded");
    if (faults.strikes("aws-5xx")) return fail("unavailable", "InternalError");
    const token = `${request.runnerName}-${request.candidateNumber}`;
    const text = JSON.stringify(request);
    const known = tokens.get(token);
    if (known !== undefined && known.text !== text) {
      violations.push(`IdempotentParameterMismatch of ${token}`);
      return fail("invalid", "IdempotentParameterMismatch");
    }
    const machine = known?.machine ?? launch(request, fail);
    tokens.set(token, { text, machine });
    if (faults.strikes("aws-lost-reply")) return fail("lost-reply", "the connection broke");
    return { machineId: machine.id };
  };

  const launch = (
    request: LaunchRequest,
    fail: (kind: CallErrorFacts["kind"], code: string, more?: Partial<CallErrorFacts>) => never,
  ): Machine => {
    const { candidate } = request;
    if (candidate === undefined) throw new Error("EC2 was asked without a candidate");
    const place = `${candidate.market}/${candidate.instanceType}/${candidate.subnet}`;
    if (faults.strikes("no-capacity")) soldOutUntil.set(place, clock.nowMs() + random.between(60_000, 1_200_000));
    if ((soldOutUntil.get(place) ?? 0) > clock.nowMs() && !faults.stopped()) {
      fail("capacity", "InsufficientInstanceCapacity", { blocks: "candidate" });
    }
    if (machines.filter((one) => one.endedAtMs === undefined).length >= quota) {
      faults.count("vcpu-quota");
      fail("quota", "VcpuLimitExceeded", { quota: "vCPUs (L-1216C47A)" });
    }
    return start(request);
  };

  return {
    machines,
    violations,
    providerOf: (invocation) => ({
      traits: {
        execution: "ec2",
        claimWithinSeconds: 300,
        lifetimeSeconds,
        usualStartSeconds: 60,
        offer: { archs: ["x64"] },
        logGroups: { "eu-central-1": "/mayfly/runners" },
        launchRate: runInstancesRate,
      },
      candidates,
      launch: (request) => callOut(sim, invocation, ms, () => run(invocation, request)),
      terminate: ({ runnerName, machineId }) =>
        callOut(sim, invocation, ms, () => {
          failing("TerminateInstances");
          for (const machine of machines) {
            const meant =
              machineId === undefined ? machine.request.runnerName === runnerName : machine.id === machineId;
            if (!meant || machine.endedAtMs !== undefined) continue;
            sim.tell({ kind: "terminate", machine });
            machine.end("terminated");
          }
        }),
      list: ({ runnerName }) =>
        callOut(sim, invocation, ms, () => {
          failing("DescribeInstances");
          return machines
            .filter((one) => runnerName === undefined || one.request.runnerName === runnerName)
            .flatMap(listed);
        }),
      identify: ({ document, signature }) =>
        callOut(sim, invocation, { low: 0, high: 1, reply: false }, () =>
          signature === "genuine" ? document : undefined,
        ),
    }),
  };

  function failing(operation: string): void {
    const fail = (): never => {
      throw new CallError({ service: "ec2", operation, kind: "unavailable", message: "the world says unavailable" });
    };
    if (isDown()) fail();
    if (faults.strikes("aws-5xx")) fail();
  }

  /** The list shows a machine, and its end, a while later; an ended one for an hour. */
  function listed(machine: Machine): Listed[] {
    const lagMs = faults.isOn("describe-lag") ? 20_000 : 0;
    const nowMs = clock.nowMs();
    if (nowMs < machine.bornMs + lagMs) {
      faults.count("describe-lag");
      return [];
    }
    const ended = machine.endedAtMs !== undefined && nowMs >= machine.endedAtMs + lagMs;
    if (ended && nowMs > (machine.endedAtMs ?? 0) + 3_600_000) return [];
    return [
      {
        runnerName: machine.request.runnerName,
        machineId: machine.id,
        ...(ended ? { ended: machine.why ?? "ended" } : {}),
      },
    ];
  }
}

function candidates({ spot = "prefer", instanceTypes: types = [] }: MachineSpec): Candidate[] {
  const markets = { prefer: ["spot", "on-demand"], only: ["spot"], never: ["on-demand"] } as const;
  return markets[spot].flatMap((market) =>
    types.flatMap((instanceType) =>
      Object.entries(subnets).map(([subnet, zone]) => ({ market, instanceType, subnet, zone })),
    ),
  );
}
