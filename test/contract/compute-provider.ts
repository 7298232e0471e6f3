import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { CallError } from "../../src/core/errors/call-error.ts";
import type { CallErrorKind } from "../../src/core/errors/call-error.ts";
import type { Candidate, MachineSpec } from "../../src/core/model/machine.ts";
import type { ComputeProvider, LaunchRequest, MachineProof } from "../../src/core/ports.ts";
import { machineSpec } from "../helpers/machine-spec.ts";

/** A cloud that a compute provider talks to in its contract tests. */
export type ComputeWorld = {
  readonly provider: ComputeProvider;
  /** What the usual machine asks for beside the rest, such as subnets of another region. */
  readonly usual?: Partial<MachineSpec>;
  /** Distinct machines that were ever started for the runner. */
  machinesOf(runnerName: string): Promise<number>;
  /** Machines that can be had, beside the usual one, with what is then seen of them. */
  readonly had: readonly { readonly spec: MachineSpec; readonly seen: object }[];
  /** What is seen of each machine that was started for the runner. */
  seenOf(runnerName: string): Promise<readonly object[]>;
  /** Machines that cannot be had, and a word of the sentence that says so. */
  readonly notHad: readonly { readonly spec: MachineSpec; readonly word: string }[];
  /** Makes the next launch call fail in that way. */
  breakNextLaunch(fault: "lost-reply" | "throttled" | "server-error" | "forbidden"): void;
  /** A provider of the same cloud that cannot reach it. */
  readonly unreachable: ComputeProvider;
  /** What a machine that was launched would show; wanted of a provider that identifies machines. */
  proofOf?(machineId: string): Promise<MachineProof>;
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
    spec: machineSpec(),
    candidate: undefined,
    candidateNumber: 1,
    claimToken: "c".repeat(64),
    hostUrl: "http://127.0.0.1:9",
    claimByMs: nowMs + 60_000,
    endByMs: nowMs + 600_000,
    ...changes,
  };
}

type Asked = Pick<ComputeWorld, "provider" | "usual">;

/** The same, for the kind of machine that the provider likes best, in its region. */
function requestFor({ provider, usual }: Asked, spec = machineSpec(usual)): LaunchRequest {
  const region = provider.regionOf?.(spec);
  return launchRequest({
    spec,
    candidate: provider.candidates?.(spec)[0],
    ...(region === undefined ? {} : { region }),
  });
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

    test("it offers machines, of sizes in their order, and has every one that it offers", async () => {
      const { archs, memoryMb = [] } = world.provider.traits.offer;
      expect(archs.length).toBeGreaterThan(0);
      expect(["x64", "arm64"]).toEqual(expect.arrayContaining([...new Set(archs)]));
      expect(memoryMb).toEqual([...new Set(memoryMb)].toSorted((one, other) => one - other));
      const largest = memoryMb.at(-1);
      for (const { arch } of world.had.map(({ spec }) => spec)) expect(archs).toContain(arch);
      const spec = machineSpec({ ...world.usual, ...(largest === undefined ? {} : { memoryMb: largest }) });
      await world.provider.launch(requestFor(world, spec));
    });

    test("where a machine is follows from what was asked, and is one of the provider's regions", () => {
      const { provider, had, usual } = world;
      if (provider.regionOf === undefined) return;
      for (const spec of [machineSpec(usual), ...had.map((one) => one.spec)]) {
        const region = provider.regionOf(spec);
        expect(provider.regionOf(structuredClone(spec))).toBe(region);
        const { regions = [region] } = provider.traits;
        expect(regions).toContain(region);
      }
    });

    test("a machine is as it was asked for", async () => {
      expect(world.had.length).toBeGreaterThan(1);
      for (const { spec, seen } of world.had) {
        const request = requestFor(world, spec);
        await world.provider.launch(request);
        expect(await world.seenOf(request.runnerName)).toEqual([seen]);
      }
    });

    test("a machine that cannot be had is refused, and no other one is started instead", async () => {
      expect(world.notHad.length).toBeGreaterThan(1);
      for (const { spec, word } of world.notHad) {
        const request = requestFor(world, spec);
        const error = await world.provider.launch(request).catch((caught: unknown) => caught);
        expect(error).toMatchObject({ facts: { kind: "invalid", message: expect.stringContaining(word) } });
        expect(await world.machinesOf(request.runnerName)).toBe(0);
      }
    });

    test("launching twice with the same request is one machine, with one id", async () => {
      const request = requestFor(world);
      const first = await world.provider.launch(request);
      const second = await world.provider.launch({ ...request });
      expect(await world.machinesOf(request.runnerName)).toBe(1);
      expect(second.machineId).toBe(first.machineId);
    });

    test("what there is to choose from is pure, without repetition and short, and keeps to what was asked", () => {
      const candidates = (changes: Partial<MachineSpec>): readonly Candidate[] =>
        world.provider.candidates?.(machineSpec({ ...world.usual, ...changes })) ?? [];
      if (world.provider.candidates === undefined) return;
      const all = candidates({});
      expect(all.length).toBeGreaterThan(0);
      expect(candidates({})).toEqual(all);
      const types = ["t1.one", "t1.two", "t1.two", "t1.three", "t1.four", "t1.five", "t1.six", "t1.seven", "t1.eight"];
      for (const spot of ["prefer", "never", "only"] as const) {
        const some = candidates({ spot, instanceTypes: types });
        expect(some.length).toBeLessThanOrEqual(30);
        expect(new Set(some.map((one) => JSON.stringify(one))).size).toBe(some.length);
        expect(types).toEqual(expect.arrayContaining(some.map((one) => one.instanceType)));
        const markets = new Set(some.map((one) => one.market));
        expect([...markets]).toEqual(
          spot === "prefer" ? ["spot", "on-demand"] : [spot === "only" ? "spot" : "on-demand"],
        );
      }
    });

    test("another candidate of the same runner is another request", async () => {
      const { provider } = world;
      if (provider.candidates === undefined) return;
      const request = requestFor(world);
      const types = [request.candidate?.instanceType ?? "", "c7a.large"];
      const [, next] = provider.candidates(machineSpec({ ...world.usual, spot: "only", instanceTypes: types }));
      const first = await world.provider.launch(request);
      const second = await world.provider.launch({ ...request, candidate: next, candidateNumber: 2 });
      expect(second.machineId).not.toBe(first.machineId);
      expect(await world.machinesOf(request.runnerName)).toBe(2);
    });

    test("a lost reply says so, and the same request again is still one machine", async () => {
      const request = requestFor(world);
      world.breakNextLaunch("lost-reply");
      expect(await kindOf(world.provider.launch(request))).toBe("lost-reply");
      await world.provider.launch(request);
      expect(await world.machinesOf(request.runnerName)).toBe(1);
    });

    test("a throttle is something that passes, and started nothing", async () => {
      const request = requestFor(world);
      world.breakNextLaunch("throttled");
      expect(["capacity", "rate-limited"]).toContain(await kindOf(world.provider.launch(request)));
      expect(await world.machinesOf(request.runnerName)).toBe(0);
    });

    test("a server error is tried again by the core, never inside", async () => {
      const request = requestFor(world);
      world.breakNextLaunch("server-error");
      expect(await kindOf(world.provider.launch(request))).toBe("unavailable");
      expect(await world.machinesOf(request.runnerName)).toBe(0);
    });

    test("what the operator has to mend is told apart from what passes", async () => {
      const request = requestFor(world);
      world.breakNextLaunch("forbidden");
      expect(["forbidden", "not-found", "invalid"]).toContain(await kindOf(world.provider.launch(request)));
    });

    test("a cloud that cannot be reached is unavailable: nothing has happened", async () => {
      expect(await kindOf(world.unreachable.launch(requestFor(world)))).toBe("unavailable");
    });

    test("ending a machine twice, or one that never was, is no error", async () => {
      const request = requestFor(world);
      const { machineId } = await world.provider.launch(request);
      const { runnerName, region } = request;
      const machine = { runnerName, machineId, region };
      await world.provider.terminate(machine);
      await world.provider.terminate(machine);
      await world.provider.terminate({ runnerName: "mayfly-0-0", machineId: undefined, region });
    });

    test("the list holds what is there, or says that there is no such list", async () => {
      const request = requestFor(world);
      const other = requestFor(world);
      const { region } = request;
      const { machineId } = await world.provider.launch(request);
      await world.provider.launch(other);
      const machines = await world.provider.list({ region });
      if (machines === undefined) return;
      const machine = { runnerName: request.runnerName, machineId };
      expect(machines).toContainEqual(machine);
      expect(machines.map((one) => one.runnerName)).toContain(other.runnerName);
      expect(await world.provider.list({ region, runnerName: request.runnerName })).toEqual([machine]);
      expect(await world.provider.list({ region, runnerName: "mayfly-0-0" })).toEqual([]);
    });

    test("the list tells why a machine has ended, or no longer has it", async () => {
      const request = requestFor(world);
      const { runnerName, region } = request;
      const { machineId } = await world.provider.launch(request);
      await world.provider.terminate({ runnerName, machineId, region });
      for (const machine of (await world.provider.list({ region, runnerName })) ?? []) {
        expect(machine.ended).toEqual(expect.stringMatching(/\w/));
      }
    });

    test("a machine whose id was lost with the reply can be found and ended by its runner's name", async () => {
      const request = requestFor(world);
      world.breakNextLaunch("lost-reply");
      await kindOf(world.provider.launch(request));
      const { runnerName, region } = request;
      const machines = await world.provider.list({ region, runnerName });
      if (machines === undefined) return;
      expect(machines).toEqual([{ runnerName, machineId: expect.any(String) }]);
      await world.provider.terminate({ runnerName, machineId: undefined, region });
      const left = (await world.provider.list({ region, runnerName })) ?? [];
      expect(left.filter((machine) => machine.ended === undefined)).toEqual([]);
    });

    test("a machine proves which one it is; nobody else can", async () => {
      if (world.provider.identify === undefined) return;
      const request = requestFor(world);
      const identify = async (shown: MachineProof, region = request.region): Promise<string | undefined> =>
        await world.provider.identify?.(shown, region);
      const { machineId = "" } = await world.provider.launch(request);
      const proof = (await world.proofOf?.(machineId)) ?? { document: "", signature: "" };
      const { document, signature } = proof;
      expect(await identify(proof)).toBe(machineId);
      expect(await identify(proof, "af-south-1")).toBeUndefined();
      expect(await identify({ document, signature: `${signature.match(/.{1,64}/g)?.join("\n")}\n` })).toBe(machineId);
      expect(
        await identify({ document: document.replace(machineId, "i-00000000000000000"), signature }),
      ).toBeUndefined();
      expect(await identify({ document: `${document} `, signature })).toBeUndefined();
      expect(await identify({ document, signature: "" })).toBeUndefined();
      expect(await identify({ document: "", signature: "" })).toBeUndefined();
    });

    test("errors carry no claim token", async () => {
      const request = requestFor(world);
      world.breakNextLaunch("forbidden");
      const error = await world.provider.launch(request).catch((caught: unknown) => caught);
      expect(error).toBeInstanceOf(CallError);
      expect(JSON.stringify(error) + String(error)).not.toContain(request.claimToken);
    });
  });
}
