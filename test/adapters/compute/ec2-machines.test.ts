import { afterEach, beforeEach, describe, expect, test } from "@jest/globals";
import { ec2Provider } from "../../../src/adapters/compute/ec2/ec2.ts";
import { described, ec2Error, ec2Options, startEc2Server } from "./ec2-server.ts";
import type { Ec2Server, Shown } from "./ec2-server.ts";

let server: Ec2Server;
beforeEach(async () => {
  server = await startEc2Server();
});
afterEach(async () => {
  await server.close();
});

const terminated = { status: 200, body: "<TerminateInstancesResponse><instancesSet/></TerminateInstancesResponse>" };
const unknown = ec2Error("InvalidInstanceID.NotFound", "The instance ID 'i-1' does not exist");
const runnerName = "mayfly-1-1";
const region = "eu-central-1";

describe("the list", () => {
  test("reads page after page, and leaves out what is no runner", async () => {
    server.answer(
      described([{ id: "i-1", runner: "mayfly-1-1" }, { id: "i-builder" }], "more"),
      described([], "and-more"),
      described([{ id: "i-2", runner: "mayfly-2-1", state: "pending" }]),
    );
    expect(await ec2Provider(ec2Options(server.client)).list({ region })).toEqual([
      { machineId: "i-1", runnerName: "mayfly-1-1" },
      { machineId: "i-2", runnerName: "mayfly-2-1" },
    ]);
    const calls = server.calls();
    expect(calls.map((call) => call.get("NextToken"))).toEqual([null, "more", "and-more"]);
    expect(calls.map((call) => call.get("Filter.1.Name"))).toEqual(Array(3).fill("tag:mayfly:stack"));
    expect(calls.some((call) => call.has("Filter.2.Name"))).toBe(false);
  });

  test("of one runner asks for that runner's, with nothing taken for a wildcard", async () => {
    server.answer(described([]), described([]));
    const provider = ec2Provider(ec2Options(server.client, { stack: "a*b?" }));
    expect(await provider.list({ region, runnerName })).toEqual([]);
    const [call] = server.calls();
    expect(call?.get("Filter.1.Value.1")).toBe(String.raw`a\*b\?`);
    expect(call?.get("Filter.2.Name")).toBe("tag:mayfly:runner");
    expect(call?.get("Filter.2.Value.1")).toBe(runnerName);
  });

  test.each<[Omit<Shown, "id">, string | undefined]>([
    [{ state: "pending" }, undefined],
    [{ state: "running" }, undefined],
    [{ state: "stopped" }, "the machine is stopped"],
    [{ state: "stopping", transition: "User initiated (2026-11-22 10:00:00 GMT)" }, "User initiated (2026-11-22"],
    [
      {
        state: "shutting-down",
        reason: {
          code: "Client.InstanceInitiatedShutdown",
          message: "Client.InstanceInitiatedShutdown: Instance initiated shutdown",
        },
      },
      "Client.InstanceInitiatedShutdown: Instance initiated shutdown",
    ],
    [
      {
        state: "terminated",
        reason: {
          code: "Server.SpotInstanceTermination",
          message: "Server.SpotInstanceTermination: Spot instance termination",
        },
      },
      "spot interruption: Spot instance termination",
    ],
    [
      {
        state: "terminated",
        reason: { code: "Client.InternalError", message: "Client.InternalError: Client error on launch" },
      },
      "Client.InternalError: Client error on launch: check the KMS key of the disk",
    ],
  ])("%j is shown with its end: %s", async (shown, ended) => {
    server.answer(described([{ id: "i-1", runner: runnerName, ...shown }]));
    const [machine] = (await ec2Provider(ec2Options(server.client)).list({ region })) ?? [];
    if (ended === undefined) expect(machine?.ended).toBeUndefined();
    else expect(machine?.ended).toContain(ended);
  });

  test("that fails half-way is no list", async () => {
    server.answer(described([{ id: "i-1", runner: runnerName }], "more"), ec2Error("InternalError", "", 500));
    await expect(ec2Provider(ec2Options(server.client)).list({ region })).rejects.toMatchObject({
      facts: { kind: "unavailable", operation: "DescribeInstances" },
    });
  });
});

describe("ending a machine", () => {
  test("by its id is one call", async () => {
    server.answer(terminated);
    await ec2Provider(ec2Options(server.client)).terminate({ runnerName, machineId: "i-1", region });
    expect(server.calls().map((call) => [call.get("Action"), call.get("InstanceId.1")])).toEqual([
      ["TerminateInstances", "i-1"],
    ]);
  });

  test("that EC2 does not know is no error", async () => {
    server.answer(unknown);
    await ec2Provider(ec2Options(server.client)).terminate({ runnerName, machineId: "i-1", region });
    expect(server.bodies).toHaveLength(1);
  });

  test("without an id ends each machine of the runner that is there, even beside an unknown one", async () => {
    server.answer(
      described([
        { id: "i-1", runner: runnerName },
        { id: "i-2", runner: runnerName, state: "terminated" },
        { id: "i-3", runner: runnerName, state: "pending" },
      ]),
      unknown,
      terminated,
    );
    await ec2Provider(ec2Options(server.client)).terminate({ runnerName, machineId: undefined, region });
    const ended = server.calls().map((call) => `${call.get("Action")} ${call.get("InstanceId.1")}`);
    expect(ended.slice(1)).toEqual(["TerminateInstances i-1", "TerminateInstances i-3"]);
  });

  test.each([
    ["UnauthorizedOperation", 403, "forbidden"],
    ["InvalidInstanceID.Malformed", 400, "invalid"],
    ["RequestLimitExceeded", 503, "rate-limited"],
    ["NotFound", 404, "not-found"],
  ])("fails with what EC2 says: %s", async (code, status, kind) => {
    server.answer(ec2Error(code, "", status));
    const end = ec2Provider(ec2Options(server.client)).terminate({ runnerName, machineId: "i-1", region });
    await expect(end).rejects.toMatchObject({ facts: { kind, operation: "TerminateInstances", code } });
  });
});
