import { createServer } from "node:http";
import type { AddressInfo, Socket } from "node:net";
import { GetCallerIdentityCommand, STSClient } from "@aws-sdk/client-sts";
import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { stsCodes as meanings } from "../../../src/adapters/roles/sts-codes.ts";
import { stsRoles } from "../../../src/adapters/roles/sts-roles.ts";
import { CallError } from "../../../src/core/errors/call-error.ts";
import type { CallErrorFacts } from "../../../src/core/errors/call-error.ts";
import { decide } from "../../../src/core/errors/decide.ts";
import type { RoleRequest } from "../../../src/core/ports.ts";
import { stsCodes } from "../../../src/sandbox/aws/sts/codes.ts";
import { deploy, keys, region, shut, startRig, stsClient, untagged } from "../../sandbox/aws/sts/rig.ts";
import type { Rig } from "../../sandbox/aws/sts/rig.ts";

let rig: Rig;
beforeAll(async () => {
  rig = await startRig();
});
afterAll(async () => {
  await rig.close();
});

const request: RoleRequest = {
  roleArn: deploy,
  sessionName: "mayfly-17-1",
  tags: { repository: "octo-org/app", branch: "release!1", run: "42" },
  seconds: 900,
};

async function failure(
  changes: Partial<RoleRequest> = {},
  client: STSClient = rig.clientOf(keys.worker),
): Promise<CallErrorFacts> {
  const error: unknown = await stsRoles({ client })
    .assume({ ...request, ...changes })
    .catch((caught: unknown) => caught);
  expect(error).toBeInstanceOf(CallError);
  const { facts } = error as CallError;
  expect(facts).toMatchObject({ service: "sts", operation: "AssumeRole" });
  return facts;
}

describe("credentials of a role", () => {
  test("are the role's, for so long, with the session's name and tags", async () => {
    const before = Date.now();
    const credentials = await stsRoles({ client: rig.clientOf(keys.worker) }).assume(request);
    expect(credentials).toEqual({
      accessKeyId: expect.stringMatching(/^ASIA/),
      secretAccessKey: expect.stringMatching(/^\S{40}$/),
      sessionToken: expect.stringMatching(/^\S{300,}$/),
      expiresAtMs: expect.any(Number),
    });
    expect(Math.abs(credentials.expiresAtMs - before - 900_000)).toBeLessThan(60_000);
    expect(rig.aws.assumedRoles().at(-1)).toMatchObject({
      roleArn: deploy,
      sessionName: "mayfly-17-1",
      tags: { repository: "octo-org/app", branch: "release:1", run: "42" },
      seconds: 900,
    });
    const client = new STSClient({ region, endpoint: rig.aws.url, credentials });
    const { Arn } = await client.send(new GetCallerIdentityCommand());
    expect(Arn).toBe("arn:aws:sts::123456789012:assumed-role/deploy/mayfly-17-1");
    client.destroy();
  });

  test("names and tags that STS does not take are made so that it does", async () => {
    const tags = { ["a key?"]: "\u{1F600}\n", long: "x".repeat(300), empty: "", "aws:x": "aws:y" };
    await stsRoles({ client: rig.clientOf(keys.worker) }).assume({ ...request, sessionName: "octo/app #1", tags });
    expect(rig.aws.assumedRoles().at(-1)).toMatchObject({
      sessionName: "octo-app--1",
      tags: { "a key:": "::", long: "x".repeat(256), empty: "", "aws :x": "aws :y" },
    });
  });

  test("without tags need no sts:TagSession", async () => {
    const client = rig.clientOf(keys.worker);
    await expect(stsRoles({ client }).assume({ ...request, roleArn: untagged, tags: {} })).resolves.toBeDefined();
    expect(await failure({ roleArn: untagged })).toMatchObject({
      kind: "forbidden",
      message: expect.stringContaining("not authorized to perform: sts:TagSession"),
    });
  });
});

describe("failures", () => {
  test.each<[string, Partial<RoleRequest>, string, string]>([
    ["a role that does not trust us", { roleArn: shut }, "forbidden", "AccessDenied"],
    ["no role's ARN", { roleArn: "deploy-deploy-deploy" }, "invalid", "ValidationError"],
    ["too short a time", { seconds: 60 }, "invalid", "ValidationError"],
    ["more than an hour", { seconds: 3601 }, "invalid", "ValidationError"],
    ["tags whose keys are the same", { tags: { "a#": "1", "A!": "2" } }, "invalid", "InvalidParameterValue"],
  ])("%s: %j is %s", async (_, changes, kind, code) => {
    expect(await failure(changes)).toMatchObject({ kind, code });
  });

  const kinds: Record<keyof typeof stsCodes, string> = {
    AccessDenied: "forbidden",
    ExpiredToken: "unauthorized",
    IncompleteSignature: "unauthorized",
    InternalFailure: "unavailable",
    InvalidAction: "invalid",
    InvalidClientTokenId: "unauthorized",
    InvalidParameterValue: "invalid",
    MalformedPolicyDocument: "invalid",
    MissingAuthenticationToken: "unauthorized",
    OptInRequired: "forbidden",
    PackedPolicyTooLarge: "invalid",
    RegionDisabledException: "forbidden",
    RequestExpired: "unauthorized",
    ServiceUnavailable: "unavailable",
    SignatureDoesNotMatch: "unauthorized",
    Throttling: "rate-limited",
    ValidationError: "invalid",
  };
  test.each(Object.entries(kinds))("%s is %s, and not called again by itself", async (code, kind) => {
    const before = rig.aws.calls()["sts.AssumeRole"] ?? 0;
    rig.breakNext("AssumeRole", code);
    expect(await failure()).toMatchObject({ kind, status: stsCodes[code as keyof typeof stsCodes] });
    expect(rig.aws.calls()["sts.AssumeRole"]).toBe(before + 1);
  });

  test("whatever the SDK calls an error that STS can answer has a meaning", () => {
    for (const code of Object.keys(stsCodes).filter((one) => one !== "InvalidAction")) {
      expect([meanings[code], meanings[`${code}Exception`]]).toContain(kinds[code as keyof typeof stsCodes]);
    }
  });

  test.each([
    ["503", "unavailable"],
    ["429", "rate-limited"],
    ["lost-reply", "lost-reply"],
  ])("%s is %s", async (fault, kind) => {
    rig.breakNext("AssumeRole", fault);
    expect((await failure()).kind).toBe(kind);
  });

  test("no connection: nothing has happened", async () => {
    expect((await failure({}, stsClient("http://127.0.0.1:1", keys.worker))).kind).toBe("unavailable");
  });

  test("an answer that does not come, or holds nothing, is a lost reply", async () => {
    const sockets = new Set<Socket>();
    const answers: (string | undefined)[] = [undefined, "<AssumeRoleResponse><AssumeRoleResult/></AssumeRoleResponse>"];
    const server = createServer((_, response) => {
      const body = answers.shift();
      if (body !== undefined) response.end(body);
    }).on("connection", (socket) => sockets.add(socket));
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    const client = new STSClient({
      region,
      endpoint: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
      maxAttempts: 1,
      credentials: { accessKeyId: keys.worker, secretAccessKey: "secret" },
      requestHandler: { requestTimeout: 50, throwOnRequestTimeout: true },
    });
    expect((await failure({}, client)).kind).toBe("lost-reply");
    expect(await failure({}, client)).toMatchObject({ kind: "lost-reply", message: "the answer holds no credentials" });
    for (const socket of sockets) socket.destroy();
    await new Promise((resolve) => server.close(resolve));
  });

  test("are decided on as a cloud's", async () => {
    rig.breakNext("AssumeRole", "Throttling");
    const throttled = decide(new CallError(await failure()), 1, 0);
    expect(throttled).toMatchObject({ outcome: "wait", tellUser: "MF-COMPUTE-RATE" });
    const denied = decide(new CallError(await failure({ roleArn: shut })), 1, 0);
    expect(denied).toMatchObject({ outcome: "refuse", tellUser: "MF-COMPUTE-REFUSED" });
    expect(denied.detail).toMatch(/^sts\.AssumeRole: AccessDenied: User: arn:aws:sts::/);
  });

  test("never quote our own token", async () => {
    const token = "FwoGZXIvYXdzE".repeat(20);
    const words =
      "The request signature we calculated does not match the signature you provided. Check your AWS Secret Access " +
      `Key and signing method.\n\nThe Canonical String for this request should have been\n'POST\n/\n\nx-amz-security-token:short-${token}`;
    const client = rig.clientOf(keys.worker);
    client.middlewareStack.add(
      () => async () => await Promise.reject(Object.assign(new Error(words), { name: "SignatureDoesNotMatch" })),
      { step: "initialize" },
    );
    const { kind, message } = await failure({}, client);
    expect(kind).toBe("unauthorized");
    expect(message).toMatch(/^SignatureDoesNotMatch: The request signature we calculated .* signing method\.$/);
  });
});
