import { CallError } from "../../../../src/core/errors/call-error.ts";
import type { ComputeProvider, LaunchRequest } from "../../../../src/core/ports.ts";
import { Machine } from "../machine.ts";
import type { MachineOutside } from "../machine.ts";
import { callOut } from "../sim.ts";
import type { Invocation } from "../sim.ts";

export type Cloud = {
  readonly machines: Machine[];
  providerOf(invocation: Invocation): ComputeProvider;
};

const lifetimeSeconds = 900;
const ms = { low: 30, high: 200, reply: true };

/** Asynchronous invocations: at least once, sometimes late or never, nothing to list and nothing to end. */
export function lambdaCloud(outside: MachineOutside, isDown: () => boolean): Cloud {
  const { sim } = outside;
  const { clock, random, faults } = sim;
  const machines: Machine[] = [];
  let last = 0;

  const deliver = (request: LaunchRequest): void => {
    last += 1;
    const machine = new Machine(outside, "lambda", `inv-${last}`, request);
    machines.push(machine);
    const slow = faults.strikes("slow-boot") ? random.between(10_000, 80_000) : random.between(400, 3000);
    clock.after(slow, () => machine.start());
    clock.after(lifetimeSeconds * 1000, () => machine.end("Lambda's time limit"));
  };

  const accept = (request: LaunchRequest): void => {
    if (faults.strikes("invoke-dropped")) return;
    const { runnerName: runner } = request;
    if (faults.strikes("invoke-given-up")) {
      const why = "Lambda dropped the event";
      clock.after(60_000, () => outside.announce({ kind: "invocation-failed", runner, dropped: true, why }));
      return;
    }
    // An event waits 60 s at most, then it is dropped.
    const lateMs = faults.strikes("invoke-late") ? random.between(2000, 60_000) : random.between(10, 200);
    clock.after(lateMs, () => deliver(request));
    if (faults.strikes("invoke-doubled")) clock.after(lateMs + random.between(0, 20_000), () => deliver(request));
  };

  return {
    machines,
    providerOf: (invocation) => ({
      traits: {
        execution: "lambda",
        claimWithinSeconds: 90,
        lifetimeSeconds,
        usualStartSeconds: 15,
        offer: { archs: ["x64"], memoryMb: [3008] },
        lingerSeconds: 60,
      },
      launch: (request) =>
        callOut(sim, invocation, ms, () => {
          sim.tell({ kind: "launch", request, execution: "lambda", work: invocation.work });
          const fail = (kind: "unavailable" | "lost-reply" | "rate-limited", code: string): never => {
            sim.tell({ kind: "struck", fault: code, pool: invocation.work.pool });
            throw new CallError({ service: "lambda", operation: "Invoke", kind, message: code, code });
          };
          if (isDown()) return fail("unavailable", "aws-stop");
          if (faults.strikes("tenant-limit")) return fail("rate-limited", "TooManyRequestsException");
          if (faults.strikes("aws-5xx")) return fail("unavailable", "ServiceException");
          accept(request);
          if (faults.strikes("aws-lost-reply")) return fail("lost-reply", "the connection broke");
          return { machineId: undefined };
        }),
      terminate: () => callOut(sim, invocation, { low: 0, high: 1, reply: false }, () => {}),
      list: () => callOut(sim, invocation, { low: 0, high: 1, reply: false }, () => undefined),
    }),
  };
}
