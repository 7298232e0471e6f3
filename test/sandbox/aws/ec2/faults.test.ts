import { DescribeInstancesCommand, EC2Client, TerminateInstancesCommand } from "@aws-sdk/client-ec2";
import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { ec2Codes } from "../../../../src/sandbox/aws/ec2/codes.ts";
import { awsFaults } from "../../../../src/sandbox/aws/faults.ts";
import { faultSupply, parseFault } from "../../../../src/sandbox/faults.ts";
import { credentials, errorOf, region, startRig } from "./rig.ts";
import type { Rig } from "./rig.ts";

let rig: Rig;

beforeAll(async () => {
  rig = await startRig();
});
afterAll(async () => {
  await rig.close();
});

test.each([
  "ec2.RunInstances:InsufficientInstanceCapacity:2",
  "ec2.RunInstances:lost-reply:99",
  "ec2.RunInstances:VcpuLimitExceeded:3",
  "ec2.RunInstances:RequestLimitExceeded:5",
  "ec2.RunInstances:InvalidAMIID.NotFound",
  "ec2.RunInstances:503",
  "ec2.DescribeInstances:not-found-yet:2",
  "ec2.TerminateInstances:InternalError",
  "ec2.spot-interruption:notice:1",
])("%s can be asked for", (text) => {
  const fault = parseFault(text, awsFaults);
  expect(faultSupply([fault]).take("ec2", fault.operation)).toBe(fault.kind);
});

test("every error class of a launch can be asked for", () => {
  const classes =
    "InsufficientInstanceCapacity UnfulfillableCapacity InsufficientCapacityOnHost Unsupported SpotMaxPriceTooLow " +
    "MaxSpotInstanceCountExceeded VcpuLimitExceeded InstanceLimitExceeded RequestLimitExceeded Throttling " +
    "InsufficientFreeAddressesInSubnet InvalidAMIID.NotFound InvalidParameterValue UnauthorizedOperation " +
    "IdempotentParameterMismatch InvalidInstanceID.NotFound";
  expect(awsFaults.ec2.RunInstances.codes).toEqual(expect.arrayContaining(classes.split(" ")));
});

describe("RunInstances", () => {
  test.each(Object.entries(ec2Codes))(
    "%s is what the SDK throws, with %i, and nothing starts",
    async (code, status) => {
      const before = rig.aws.launches();
      rig.breakNext("RunInstances", code);
      expect(await errorOf(rig.run())).toMatchObject({ name: code, status });
      expect(rig.aws.launches()).toBe(before);
    },
  );

  test("a refusal by IAM carries its encoded message", async () => {
    rig.breakNext("RunInstances", "UnauthorizedOperation");
    expect((await errorOf(rig.run())).message).toMatch(/Encoded authorization failure message: [\w-]{300,}$/);
  });

  test("a bare status is that status", async () => {
    rig.breakNext("RunInstances", "502");
    expect((await errorOf(rig.run())).status).toBe(502);
  });

  test("a lost reply: one instance, the caller hears nothing; the same bytes again find it", async () => {
    const request = { ClientToken: "lost-1" };
    const before = rig.aws.launches();
    rig.breakNext("RunInstances", "lost-reply");
    expect((await errorOf(rig.run(request))).status).toBeUndefined();
    rig.breakNext("RunInstances", "lost-reply");
    expect((await errorOf(rig.run(request))).status).toBeUndefined();
    expect(rig.aws.launches()).toBe(before + 1);
    expect(await rig.launch(request)).toBe(rig.aws.instances().at(-1)?.id);
    expect(rig.aws.launches()).toBe(before + 1);
  });

  test("what is wrong with a request is said before its reply can be lost", async () => {
    rig.breakNext("RunInstances", "lost-reply");
    expect((await errorOf(rig.run({ SubnetId: "x" }))).name).toBe("InvalidSubnetID.NotFound");
  });

  test("the SDK tries a 500 again by itself unless it is told not to: each try is a call", async () => {
    const eager = new EC2Client({ region, endpoint: rig.aws.url, credentials });
    const before = rig.aws.calls()["ec2.DescribeInstances"] ?? 0;
    rig.breakNext("DescribeInstances", "InternalError");
    await eager.send(new DescribeInstancesCommand({}));
    eager.destroy();
    expect(rig.aws.calls()["ec2.DescribeInstances"]).toBe(before + 2);
  });
});

test("a termination whose reply is lost has happened", async () => {
  const id = await rig.launch();
  await rig.reaches(id, "running");
  rig.breakNext("TerminateInstances", "lost-reply");
  const call = rig.ec2.send(new TerminateInstancesCommand({ InstanceIds: [id] }));
  expect((await errorOf(call)).status).toBeUndefined();
  await rig.reaches(id, "terminated");
});

test("what the stand-in does not have is refused as EC2 refuses an unknown action", async () => {
  const headers = { "content-type": "application/x-www-form-urlencoded" };
  const answer = await fetch(`${rig.aws.url}/`, { method: "POST", body: "Action=RebootInstances", headers });
  expect([answer.status, await answer.text()]).toEqual([400, expect.stringContaining("<Code>InvalidAction</Code>")]);
});
