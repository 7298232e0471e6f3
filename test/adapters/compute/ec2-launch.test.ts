import { afterEach, beforeEach, describe, expect, test } from "@jest/globals";
import { ec2Provider } from "../../../src/adapters/compute/ec2/ec2.ts";
import { userData } from "../../../src/adapters/compute/ec2/user-data.ts";
import type { Candidate, MachineSpec } from "../../../src/core/model/machine.ts";
import { launchRequest } from "../../contract/compute-provider.ts";
import { machineSpec } from "../../helpers/machine-spec.ts";
import { described, ec2Error, ec2Options, script, started, startEc2Server } from "./ec2-server.ts";
import type { Ec2Changes, Ec2Server } from "./ec2-server.ts";

const spot: Candidate = {
  market: "spot",
  instanceType: "c7i.large",
  subnet: "subnet-0a",
  zone: "eu-central-1a",
};
const onDemand: Candidate = { ...spot, market: "on-demand" };

let server: Ec2Server;
beforeEach(async () => {
  server = await startEc2Server();
});
afterEach(async () => {
  await server.close();
});

describe("a launch", () => {
  test("asks for one machine with everything that it needs, and nothing else", async () => {
    server.answer(started("i-0123456789abcdef0"));
    const request = launchRequest({ candidate: spot, candidateNumber: 2 });
    const launched = await ec2Provider(ec2Options(server.client)).launch(request);
    expect(launched).toEqual({ machineId: "i-0123456789abcdef0" });
    const sent = Object.fromEntries(server.calls()[0] ?? []);
    const tagged = (number: number, type: string): object => ({
      [`TagSpecification.${number}.ResourceType`]: type,
      [`TagSpecification.${number}.Tag.1.Key`]: "mayfly:stack",
      [`TagSpecification.${number}.Tag.1.Value`]: "mayfly-test",
      [`TagSpecification.${number}.Tag.2.Key`]: "mayfly:repository",
      [`TagSpecification.${number}.Tag.2.Value`]: "71",
      [`TagSpecification.${number}.Tag.3.Key`]: "mayfly:runner",
      [`TagSpecification.${number}.Tag.3.Value`]: request.runnerName,
      [`TagSpecification.${number}.Tag.4.Key`]: "Name",
      [`TagSpecification.${number}.Tag.4.Value`]: request.runnerName,
    });
    expect(sent).toEqual({
      Action: "RunInstances",
      Version: "2016-11-15",
      ClientToken: `${request.runnerName}-2`,
      MinCount: "1",
      MaxCount: "1",
      "LaunchTemplate.LaunchTemplateName": "mayfly",
      "LaunchTemplate.Version": "3",
      InstanceType: "c7i.large",
      SubnetId: "subnet-0a",
      "InstanceMarketOptions.MarketType": "spot",
      "InstanceMarketOptions.SpotOptions.SpotInstanceType": "one-time",
      "InstanceMarketOptions.SpotOptions.InstanceInterruptionBehavior": "terminate",
      InstanceInitiatedShutdownBehavior: "terminate",
      "MetadataOptions.HttpTokens": "required",
      "MetadataOptions.HttpPutResponseHopLimit": "1",
      "MetadataOptions.InstanceMetadataTags": "disabled",
      "BlockDeviceMapping.1.DeviceName": "/dev/sda1",
      "BlockDeviceMapping.1.Ebs.VolumeSize": "30",
      "BlockDeviceMapping.1.Ebs.VolumeType": "gp3",
      "BlockDeviceMapping.1.Ebs.Encrypted": "true",
      "BlockDeviceMapping.1.Ebs.DeleteOnTermination": "true",
      ...tagged(1, "instance"),
      ...tagged(2, "volume"),
      ...tagged(3, "network-interface"),
      ...tagged(4, "spot-instances-request"),
      UserData: Buffer.from(userData(request, { script })).toString("base64"),
    });
  });

  test("on demand names no market and tags no spot request; image and template are the operator's", async () => {
    server.answer(started("i-1"));
    const options = ec2Options(server.client, {
      launchTemplate: { id: "lt-0123", version: "$Default" },
      imageId: "ami-0123",
      rootDevice: "/dev/xvda",
    });
    await ec2Provider(options).launch(launchRequest({ candidate: onDemand, spec: machineSpec({ diskGb: 60 }) }));
    const [sent] = server.calls();
    expect([...(sent?.keys() ?? [])].filter((name) => /Market|Specification\.4/.test(name))).toEqual([]);
    expect(sent?.get("LaunchTemplate.LaunchTemplateId")).toBe("lt-0123");
    expect(sent?.has("LaunchTemplate.LaunchTemplateName")).toBe(false);
    expect(sent?.get("ImageId")).toBe("ami-0123");
    expect(sent?.get("BlockDeviceMapping.1.DeviceName")).toBe("/dev/xvda");
    expect(sent?.get("BlockDeviceMapping.1.Ebs.VolumeSize")).toBe("60");
  });

  const named = { name: "mine", id: "ami-0789" };
  test.each<[string, Partial<MachineSpec>, Ec2Changes, string | null]>([
    ["x64", {}, {}, null],
    ["x64 where the operator has an image for it", {}, { imageId: "ami-0123", arm64ImageId: "ami-0456" }, "ami-0123"],
    ["arm64", { arch: "arm64" }, { imageId: "ami-0123", arm64ImageId: "ami-0456" }, "ami-0456"],
    ["a named image", { image: named }, { imageId: "ami-0123" }, "ami-0789"],
    ["a named image of arm64", { arch: "arm64", image: named }, {}, "ami-0789"],
  ])("a machine of %s gets its image", async (_, spec, options, image) => {
    server.answer(started("i-1"));
    const request = launchRequest({ candidate: spot, spec: machineSpec(spec) });
    await ec2Provider(ec2Options(server.client, options)).launch(request);
    expect(server.calls()[0]?.get("ImageId")).toBe(image);
  });

  test("what a spec says beside image, disk and candidate changes nothing in the call", async () => {
    server.answer(started("i-1"), started("i-1"));
    const request = launchRequest({ candidate: spot });
    const provider = ec2Provider(ec2Options(server.client));
    await provider.launch(request);
    const more = {
      cpu: 8,
      memoryMb: 1,
      timeoutMinutes: 7,
      instanceTypes: ["x1.large"],
      spot: "never",
      role: "r",
    } as const;
    await provider.launch({ ...request, spec: machineSpec(more) });
    expect(new Set(server.bodies).size).toBe(1);
  });

  test("the same request is the same call, byte for byte, from another process too", async () => {
    server.answer("broken", started("i-1"), started("i-1"));
    const request = launchRequest({ candidate: spot });
    const provider = ec2Provider(ec2Options(server.client));
    await expect(provider.launch(request)).rejects.toMatchObject({ facts: { kind: "lost-reply" } });
    await provider.launch(structuredClone(request));
    await ec2Provider(ec2Options(server.client)).launch({ ...request });
    expect(server.bodies).toHaveLength(3);
    expect(new Set(server.bodies).size).toBe(1);
  });

  test("never calls again by itself", async () => {
    server.answer(ec2Error("RequestLimitExceeded", "Request limit exceeded.", 503));
    const launch = ec2Provider(ec2Options(server.client)).launch(launchRequest({ candidate: spot }));
    await expect(launch).rejects.toMatchObject({ facts: { kind: "rate-limited" } });
    expect(server.bodies).toHaveLength(1);
  });

  test.each([
    ["without a candidate", { candidate: undefined }, "no instance type and subnet were chosen"],
    [
      "without a candidate, because its subnets are nowhere",
      { candidate: undefined, spec: machineSpec({ subnets: { name: "private", list: [] } }) },
      'no subnets are known by the name "private"',
    ],
    [
      "with an image that is only a name",
      { spec: machineSpec({ image: { name: "mine", id: undefined } }) },
      'no AMI is known for the image "mine"',
    ],
    ["of arm64 without an image", { spec: machineSpec({ arch: "arm64" }) }, "no AMI is known for arm64 machines"],
    ["with a name too long for a token", { runnerName: "m".repeat(63), candidateNumber: 1 }, "1 to 64 printable ASCII"],
    ["with a name outside of ASCII", { runnerName: "läufer-1-1" }, "1 to 64 printable ASCII"],
    ["with a URL that ends its quotes", { hostUrl: "http://x'; rm -rf /; '" }, "MAYFLY_HOST_URL must hold no single"],
  ])("%s is refused before any call", async (_, changes, message) => {
    const launch = ec2Provider(ec2Options(server.client)).launch(launchRequest({ candidate: spot, ...changes }));
    await expect(launch).rejects.toMatchObject({
      facts: { kind: "invalid", service: "ec2", operation: "RunInstances", message: expect.stringContaining(message) },
    });
    expect(server.bodies).toEqual([]);
  });

  test.each([
    ["cut off", { cutOff: "<RunInstancesResponse><instancesSet><item>" }],
    ["no XML", { status: 200, body: "welcome to this proxy" }],
    ["without a machine", { status: 200, body: "<RunInstancesResponse/>" }],
    ["empty", { status: 200, body: "" }],
  ] as const)("an answer that is %s is a lost reply: the machine may be there", async (_, reply) => {
    server.answer(reply);
    const launch = ec2Provider(ec2Options(server.client)).launch(launchRequest({ candidate: spot }));
    await expect(launch).rejects.toMatchObject({ facts: { kind: "lost-reply", operation: "RunInstances" } });
  });
});

describe("a client token that EC2 knows with other parameters", () => {
  const mismatch = ec2Error(
    "IdempotentParameterMismatch",
    "Arguments on this idempotent request are inconsistent with arguments used in previous request(s).",
  );

  test("is answered by the machine that it started", async () => {
    const request = launchRequest({ candidate: spot, candidateNumber: 3 });
    server.answer(mismatch, described([{ id: "i-0aaaaaaaaaaaaaaaa", runner: request.runnerName }]));
    const launched = await ec2Provider(ec2Options(server.client)).launch(request);
    expect(launched).toEqual({ machineId: "i-0aaaaaaaaaaaaaaaa" });
    expect(server.calls().map((call) => call.get("Action"))).toEqual(["RunInstances", "DescribeInstances"]);
    const looked = Object.fromEntries(server.calls()[1] ?? []);
    expect(looked).toMatchObject({
      "Filter.1.Name": "tag:mayfly:stack",
      "Filter.1.Value.1": "mayfly-test",
      "Filter.2.Name": "client-token",
      "Filter.2.Value.1": `${request.runnerName}-3`,
    });
  });

  test.each([
    ["is not seen yet", described([])],
    ["cannot be looked for", ec2Error("RequestLimitExceeded", "Request limit exceeded.", 503)],
    ["may not be looked for", ec2Error("UnauthorizedOperation", "no", 403)],
  ])("whose machine %s is a lost reply, and no second machine", async (_, reply) => {
    server.answer(mismatch, reply);
    const launch = ec2Provider(ec2Options(server.client)).launch(launchRequest({ candidate: spot }));
    await expect(launch).rejects.toMatchObject({
      facts: { kind: "lost-reply", operation: "RunInstances", message: expect.stringContaining("IdempotentParam") },
    });
    expect(server.calls().filter((call) => call.get("Action") === "RunInstances")).toHaveLength(1);
  });
});
