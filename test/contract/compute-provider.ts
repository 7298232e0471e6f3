import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { CallError } from "../../src/core/errors/call-error.ts";
import type { CallErrorKind } from "../../src/core/errors/call-error.ts";
import type { ComputeProvider, LaunchRequest } from "../../src/core/ports.ts";

/** A cloud that a compute provider talks to in its contract tests. */
export type ComputeWorld = {
  readonly provider: ComputeProvider;
  /** Distinct machines that were ever started for the runner. */
  machinesOf(runnerName: string): Promise<number>;
  /** Makes the next launch call fail in that way. */
  breakNextLaunch(fault: "lost-reply" | "throttled" | "server-error" | "forbidden"): void;
  /** A provider of the same cloud that cannot reach it. */
  readonly unreachable: ComputeProvider;
  close(): Promise<void>;
};

let names = 0;

/** A launch request for a runner that no test has used. */
export function launchRequest(changes: Partial<LaunchRequest> = {}): LaunchRequest {
  names += 1;
  const nowMs = Date.now();
  return {
    runnerName: `mayfly-${names}-1`,
    repositoryId: 71,
    region: "eu-central-1",
    claimToken: "c".repeat(64),
    hostUrl: "http://127.0.0.1:9",
    claimByMs: nowMs + 60_000,
    endByMs: nowMs + 600_000,
    ...changes,
  };
}

/** What every compute provider keeps: one machine per runner name, errors as the core understands them. */
export function computeProviderContract(name: string, makeWorld: () => Promise<ComputeWorld>): void {
  describe(`compute provider contract: ${name}`, () => {
    let world: ComputeWorld;
    beforeAll(async () => {
      world = await makeWorld();
    });
    afterAll(async () => {
      await world.close();
    });

    const kindOf = async (launch: Promise<unknown>): Promise<CallErrorKind | undefined> =>
      await launch.then(
        () => undefined,
        (error: unknown) => (error instanceof CallError ? error.facts.kind : undefined),
      );

    test("its traits are possible", () => {
      const { claimWithinSeconds, lifetimeSeconds, usualStartSeconds } = world.provider.traits;
      expect(usualStartSeconds).toBeGreaterThan(0);
      expect(claimWithinSeconds).toBeGreaterThan(usualStartSeconds);
      expect(lifetimeSeconds).toBeGreaterThan(claimWithinSeconds);
    });

    test("launching twice with the same request is one machine", async () => {
      const request = launchRequest();
      await world.provider.launch(request);
      await world.provider.launch({ ...request });
      expect(await world.machinesOf(request.runnerName)).toBe(1);
    });

    test("a lost reply says so, and the same request again is still one machine", async () => {
      const request = launchRequest();
      world.breakNextLaunch("lost-reply");
      expect(await kindOf(world.provider.launch(request))).toBe("lost-reply");
      await world.provider.launch(request);
      expect(await world.machinesOf(request.runnerName)).toBe(1);
    });

    test("a throttle is something that passes, and started nothing", async () => {
      const request = launchRequest();
      world.breakNextLaunch("throttled");
      expect(["capacity", "rate-limited"]).toContain(await kindOf(world.provider.launch(request)));
      expect(await world.machinesOf(request.runnerName)).toBe(0);
    });

    test("a server error is tried again by the core, never inside", async () => {
      const request = launchRequest();
      world.breakNextLaunch("server-error");
      expect(await kindOf(world.provider.launch(request))).toBe("unavailable");
      expect(await world.machinesOf(request.runnerName)).toBe(0);
    });

    test("what the operator has to mend is told apart from what passes", async () => {
      const request = launchRequest();
      world.breakNextLaunch("forbidden");
      expect(["forbidden", "not-found", "invalid"]).toContain(await kindOf(world.provider.launch(request)));
    });

    test("a cloud that cannot be reached is unavailable: nothing has happened", async () => {
      expect(await kindOf(world.unreachable.launch(launchRequest()))).toBe("unavailable");
    });

    test("ending a machine twice, or one that never was, is no error", async () => {
      const request = launchRequest();
      const { machineId } = await world.provider.launch(request);
      const machine = { runnerName: request.runnerName, machineId };
      await world.provider.terminate(machine);
      await world.provider.terminate(machine);
      await world.provider.terminate({ runnerName: "mayfly-0-0", machineId: undefined });
    });

    test("the list holds what is there, or says that there is no such list", async () => {
      const request = launchRequest();
      await world.provider.launch(request);
      const machines = await world.provider.list();
      if (machines !== undefined) expect(machines.map((one) => one.runnerName)).toContain(request.runnerName);
    });

    test("errors carry no claim token", async () => {
      const request = launchRequest();
      world.breakNextLaunch("forbidden");
      const error = await world.provider.launch(request).catch((caught: unknown) => caught);
      expect(error).toBeInstanceOf(CallError);
      expect(JSON.stringify(error) + String(error)).not.toContain(request.claimToken);
    });
  });
}
