import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { EC2ServiceException } from "@aws-sdk/client-ec2";
import { ec2CallError } from "../../../src/adapters/compute/ec2/ec2-call-error.ts";
import { ec2Provider } from "../../../src/adapters/compute/ec2/ec2.ts";
import { errorTable } from "../../../src/adapters/compute/ec2/error-table.ts";
import { userData } from "../../../src/adapters/compute/ec2/user-data.ts";
import { CallError } from "../../../src/core/errors/call-error.ts";
import type { CallErrorFacts } from "../../../src/core/errors/call-error.ts";
import { launchRequest } from "../../contract/compute-provider.ts";
import { ec2Client, ec2Error, ec2Options, script, startEc2Server } from "./ec2-server.ts";
import type { Ec2Server } from "./ec2-server.ts";

const spot = { market: "spot", instanceType: "c7i.large", subnet: "subnet-0a", zone: "eu-central-1a" } as const;
const onDemand = { ...spot, market: "on-demand" } as const;
const onDemandQuota = "Running On-Demand Standard instances (L-1216C47A)";
const spotQuota = "All Standard Spot Instance Requests (L-34B43A08)";
const volumeQuota = "Storage for General Purpose SSD (gp3) volumes (L-7A658B76)";
const networkQuota = "Network interfaces per Region (L-DF5E4CA3)";

/** Code, its HTTP status, what it means; for an on-demand candidate. */
const expected: readonly (readonly [string, number, string, (string | undefined)?, string?])[] = [
  ["InsufficientInstanceCapacity", 500, "capacity", "candidate"],
  ["InsufficientHostCapacity", 500, "capacity", "candidate"],
  ["InsufficientCapacityOnHost", 400, "capacity", "candidate"],
  ["InsufficientCapacity", 500, "capacity", "candidate"],
  ["UnfulfillableCapacity", 500, "capacity", "candidate"],
  ["ReservationCapacityExceeded", 400, "capacity", "candidate"],
  ["Unsupported", 400, "capacity", "candidate"],
  ["SpotCapacityUnavailable", 400, "capacity", "candidate"],
  ["InsufficientFreeAddressesInSubnet", 400, "capacity", "subnet"],
  ["InsufficientVolumeCapacity", 500, "capacity", "subnet"],
  ["VolumeTypeNotAvailableInZone", 400, "capacity", "subnet"],
  ["MaxSpotInstanceCountExceeded", 400, "capacity", "market", spotQuota],
  ["SpotMaxPriceTooLow", 400, "capacity", "market"],
  ["VcpuLimitExceeded", 400, "quota", undefined, onDemandQuota],
  ["InstanceLimitExceeded", 400, "quota", undefined, onDemandQuota],
  ["VolumeLimitExceeded", 400, "quota", undefined, volumeQuota],
  ["NetworkInterfaceLimitExceeded", 400, "quota", undefined, networkQuota],
  ["RequestLimitExceeded", 503, "rate-limited"],
  ["Throttling", 400, "rate-limited"],
  ["ThrottlingException", 400, "rate-limited"],
  ["ThrottledException", 400, "rate-limited"],
  ["RequestThrottled", 400, "rate-limited"],
  ["RequestThrottledException", 400, "rate-limited"],
  ["TooManyRequestsException", 429, "rate-limited"],
  ["EC2ThrottledException", 503, "rate-limited"],
  ["BandwidthLimitExceeded", 503, "rate-limited"],
  ["InternalError", 500, "unavailable"],
  ["InternalFailure", 500, "unavailable"],
  ["InternalServerError", 500, "unavailable"],
  ["ServiceUnavailable", 503, "unavailable"],
  ["Unavailable", 503, "unavailable"],
  ["IncorrectState", 400, "unavailable"],
  ["IncorrectInstanceState", 400, "unavailable"],
  ["IdempotentParameterMismatch", 400, "lost-reply"],
  ["AuthFailure", 401, "unauthorized"],
  ["InvalidClientTokenId", 403, "unauthorized"],
  ["UnrecognizedClientException", 400, "unauthorized"],
  ["SignatureDoesNotMatch", 403, "unauthorized"],
  ["IncompleteSignature", 400, "unauthorized"],
  ["MissingAuthenticationToken", 403, "unauthorized"],
  ["RequestExpired", 400, "unauthorized"],
  ["ExpiredToken", 400, "unauthorized"],
  ["ExpiredTokenException", 400, "unauthorized"],
  ["CredentialsProviderError", 400, "unauthorized"],
  ["UnauthorizedOperation", 403, "forbidden"],
  ["AccessDenied", 403, "forbidden"],
  ["AccessDeniedException", 400, "forbidden"],
  ["AuthFailure.ServiceLinkedRoleCreationNotPermitted", 403, "forbidden"],
  ["OperationNotPermitted", 400, "forbidden"],
  ["OptInRequired", 403, "forbidden"],
  ["PendingVerification", 400, "forbidden"],
  ["Blocked", 400, "forbidden"],
  ["UnsupportedOperation", 400, "invalid"],
  ["UnsupportedInstanceTypeOnHost", 400, "invalid"],
  ["DryRunOperation", 412, "invalid"],
  ["MissingParameter", 400, "invalid"],
  ["UnknownParameter", 400, "invalid"],
  ["ValidationError", 400, "invalid"],
  ["InvalidAMIID.NotFound", 400, "not-found"],
  ["InvalidSubnetID.NotFound", 400, "not-found"],
  ["InvalidGroup.NotFound", 400, "not-found"],
  ["InvalidLaunchTemplateId.NotFound", 400, "not-found"],
  ["InvalidLaunchTemplateId.VersionNotFound", 400, "not-found"],
  ["InvalidLaunchTemplateName.NotFoundException", 400, "not-found"],
  ["InvalidInstanceID.NotFound", 400, "not-found"],
  ["InvalidParameterValue", 400, "invalid"],
  ["InvalidParameterCombination", 400, "invalid"],
  ["InvalidAMIID.Malformed", 400, "invalid"],
  ["InvalidAMIID.Unavailable", 400, "invalid"],
  ["InvalidUserData.Malformed", 400, "invalid"],
  ["InvalidBlockDeviceMapping", 400, "invalid"],
  // not in the table: by its status
  ["SomethingNew", 400, "invalid"],
  ["SomethingNew", 500, "unavailable"],
  ["SomethingNew", 503, "unavailable"],
  ["SomethingNew", 429, "rate-limited"],
  ["SomethingNew", 403, "forbidden"],
  ["SomethingNew", 404, "not-found"],
  ["constructor", 500, "unavailable"],
];

let server: Ec2Server;
beforeAll(async () => {
  server = await startEc2Server();
});
afterAll(async () => {
  await server.close();
});

async function failure(changes: Parameters<typeof launchRequest>[0] = {}): Promise<CallErrorFacts> {
  const request = launchRequest({ candidate: onDemand, ...changes });
  const error: unknown = await ec2Provider(ec2Options(server.client))
    .launch(request)
    .catch((caught: unknown) => caught);
  expect(error).toBeInstanceOf(CallError);
  return (error as CallError).facts;
}

describe("error codes of EC2, as the real SDK reads them", () => {
  const rows = expected.map(([code, status, kind, blocks, quota]) => ({ code, status, kind, blocks, quota }));
  test.each(rows)("$code (HTTP $status) is $kind, blocks $blocks", async ({ code, status, kind, blocks, quota }) => {
    server.answer(ec2Error(code, "words", status));
    // its own answer: without this the machine would be looked for
    if (code === "IdempotentParameterMismatch") server.answer(ec2Error("InternalError", "", 500));
    const facts = await failure();
    expect({ kind: facts.kind, blocks: facts.blocks, quota: facts.quota }).toEqual({ kind, blocks, quota });
    expect(facts).toMatchObject({ service: "ec2", operation: "RunInstances" });
    if (code !== "IdempotentParameterMismatch")
      expect(facts).toMatchObject({ code, status, message: `${code}: words` });
  });

  test("every row of the table is among them", () => {
    const names = expected.map(([code]) => code);
    const untested = Object.keys(errorTable).filter((row) => {
      const pattern = new RegExp(`^${row.replaceAll(".", "\\.").replaceAll("*", ".*")}$`);
      return !names.some((name) => pattern.test(name));
    });
    expect(untested).toEqual([]);
  });

  test.each<[string, "spot" | "on-demand", string]>([
    ["c7i.large", "on-demand", onDemandQuota],
    ["c7i.large", "spot", spotQuota],
    ["im4gn.large", "on-demand", onDemandQuota],
    ["t4g.nano", "spot", spotQuota],
    ["g6.xlarge", "on-demand", "Running On-Demand G and VT instances (L-DB2E81BA)"],
    ["g6.xlarge", "spot", "All G and VT Spot Instance Requests (L-3819A6DF)"],
    ["p5.48xlarge", "on-demand", "Running On-Demand P instances (L-417A185B)"],
    ["x2gd.large", "spot", "All X Spot Instance Requests (L-E3A00192)"],
    ["u-6tb1.metal", "on-demand", "Running On-Demand High Memory instances (L-43DA4232)"],
    ["u7i-12tb.224xlarge", "spot", "All High Memory Spot Instance Requests"],
    ["hpc7a.96xlarge", "spot", "All HPC Spot Instance Requests"],
    ["constructor", "spot", spotQuota],
  ])("the quota of %s (%s) is called %s", async (instanceType, market, quota) => {
    // VcpuLimitExceeded speaks of on-demand vCPUs, whatever was asked for; spot has a code of its own
    server.answer(ec2Error(market === "spot" ? "MaxSpotInstanceCountExceeded" : "VcpuLimitExceeded", "words"));
    expect(await failure({ candidate: { ...spot, instanceType } })).toMatchObject({ quota });
  });

  test("the spot quota is named where spot alone is full", async () => {
    server.answer(ec2Error("MaxSpotInstanceCountExceeded", "Max spot instance count exceeded"));
    const facts = await failure({ candidate: spot });
    expect(facts).toMatchObject({ kind: "capacity", blocks: "market", quota: spotQuota });
  });
});

test.each([
  [
    "InvalidParameterValue",
    "The architecture 'arm64' of the specified instance type does not match the architecture 'x86_64' of the specified AMI. Specify",
  ],
  [
    "Unsupported",
    "The requested instance type's architecture (x86_64) does not match the architecture in the manifest for ami-1 (arm64)",
  ],
])("%s: a type that cannot run the image is not waited for", async (code, words) => {
  server.answer(ec2Error(code, words));
  const facts = await failure();
  expect(facts).toMatchObject({ kind: "invalid", code });
  expect(facts.blocks).toBeUndefined();
});

describe("failures without an answer of EC2", () => {
  test("a proxy's page goes by its status", async () => {
    server.answer({ status: 503, body: "<html><body>no</body>" }, { status: 403, body: "" });
    expect(await failure()).toMatchObject({ kind: "unavailable", status: 503 });
    expect(await failure()).toMatchObject({ kind: "forbidden", status: 403 });
  });

  test("no connection: nothing has happened", async () => {
    const provider = ec2Provider(ec2Options(ec2Client("http://127.0.0.1:1")));
    const launch = provider.launch(launchRequest({ candidate: spot }));
    await expect(launch).rejects.toMatchObject({ facts: { kind: "unavailable" } });
  });

  test("no credentials: nothing was sent", () => {
    const error = Object.assign(new Error("Could not load credentials from any providers"), {
      name: "CredentialsProviderError",
    });
    expect(ec2CallError(error, "RunInstances").facts.kind).toBe("unauthorized");
  });
});

describe("messages", () => {
  const exception = (name: string, message: string): Error =>
    new EC2ServiceException({ name, message, $fault: "client", $metadata: { httpStatusCode: 403 } });

  test("leave out what IAM encoded, say where it can be read, and keep what matters", async () => {
    const encoded = "4GIOHlTkIaWHQD0Q0m6XSnuUMCm-abcdefghijklmn_".repeat(40);
    const role = "arn:aws:sts::123456789012:assumed-role/mayfly-worker/mayfly-worker";
    server.answer(
      ec2Error(
        "UnauthorizedOperation",
        `You are not authorized to perform this operation. User: ${role} is not authorized to perform: ` +
          "ec2:RunInstances on resource: arn:aws:ec2:eu-central-1:123456789012:instance/* because no identity-based " +
          `policy allows the ec2:RunInstances action. Encoded authorization failure message: ${encoded}`,
        403,
      ),
    );
    const { message } = await failure();
    expect(message).toContain("ec2:RunInstances on resource: arn:aws:ec2:eu-central-1:123456789012:instance/*");
    expect(message).toMatch(/\(sts:DecodeAuthorizationMessage on CloudTrail's record tells more\)$/);
    expect(message).not.toContain("4GIOHlTk");
    expect(message.length).toBeLessThanOrEqual(300);
  });

  test("that say nothing more are kept as they are", () => {
    const error = exception("UnauthorizedOperation", "You are not authorized to perform this operation.");
    expect(ec2CallError(error, "RunInstances").facts.message).toBe(
      "UnauthorizedOperation: You are not authorized to perform this operation.",
    );
  });

  test("carry neither the claim token nor user data, in whatever form EC2 quotes them", () => {
    const request = launchRequest({ candidate: spot });
    const encoded = Buffer.from(userData(request, { script })).toString("base64");
    for (const quoted of [request.claimToken, encoded, encoded.slice(0, 150), encodeURIComponent(encoded)]) {
      const error = exception("InvalidParameterValue", `Value (${quoted}) for parameter is invalid`);
      const { message } = ec2CallError(error, "RunInstances", request).facts;
      expect(message).toMatch(/^InvalidParameterValue: Value \(\[(redacted|user data)\]\) for parameter is invalid$/);
    }
  });
});
