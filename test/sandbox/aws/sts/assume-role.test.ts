import { AssumeRoleCommand, GetCallerIdentityCommand, STSClient } from "@aws-sdk/client-sts";
import type { AssumeRoleCommandInput, AssumeRoleCommandOutput } from "@aws-sdk/client-sts";
import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { awsFaults } from "../../../../src/sandbox/aws/faults.ts";
import { faultSupply, parseFault } from "../../../../src/sandbox/faults.ts";
import { stsCodes } from "../../../../src/sandbox/aws/sts/codes.ts";
import { errorOf } from "../ec2/rig.ts";
import { deploy, keys, long, shut, startRig, untagged } from "./rig.ts";
import type { Rig } from "./rig.ts";

let rig: Rig;
beforeAll(async () => {
  rig = await startRig();
});
afterAll(async () => {
  await rig.close();
});

type Asked = Partial<AssumeRoleCommandInput>;

async function assume(more: Asked = {}, key: string = keys.worker): Promise<AssumeRoleCommandOutput> {
  const input = { RoleArn: deploy, RoleSessionName: "mayfly-1-1", DurationSeconds: 900, ...more };
  return await rig.clientOf(key).send(new AssumeRoleCommand(input));
}

describe("AssumeRole as the SDK sees it", () => {
  test("gives credentials of the role for so long, and keeps who got what", async () => {
    const before = Date.now();
    const Tags = [
      { Key: "repository", Value: "octo-org/app" },
      { Key: "branch", Value: "müller/<&>".replaceAll(/[<&>]/g, ":") },
    ];
    const { Credentials, AssumedRoleUser } = await assume({ Tags });
    expect(AssumedRoleUser).toEqual({
      AssumedRoleId: expect.stringMatching(/^AROA\w+:mayfly-1-1$/),
      Arn: "arn:aws:sts::123456789012:assumed-role/deploy/mayfly-1-1",
    });
    expect(Credentials?.AccessKeyId).toMatch(/^ASIA[A-Z2-7]{16}$/);
    expect(Credentials?.SecretAccessKey).toMatch(/^\S{40}$/);
    expect(Credentials?.SessionToken).toMatch(/^\S{300,}$/);
    const expiresAtMs = Credentials?.Expiration?.getTime() ?? 0;
    expect(expiresAtMs).toBeGreaterThan(before + 898_000);
    expect(expiresAtMs).toBeLessThanOrEqual(Date.now() + 900_000);
    expect(rig.aws.assumedRoles().at(-1)).toEqual({
      roleArn: deploy,
      sessionName: "mayfly-1-1",
      tags: { repository: "octo-org/app", branch: "müller/:::" },
      seconds: 900,
      atMs: expect.any(Number),
    });
  });

  test("each call gives credentials of its own, an hour long where nothing is said", async () => {
    const replies = [await assume({ DurationSeconds: undefined }), await assume({ DurationSeconds: undefined })];
    expect(new Set(replies.map(({ Credentials }) => Credentials?.AccessKeyId)).size).toBe(2);
    expect(rig.aws.assumedRoles().slice(-2).map(({ seconds }) => seconds)).toEqual([3600, 3600]); // prettier-ignore
  });

  test.each<[string, string, string]>([
    ["its role, wherever that is in the account", deploy, keys.worker],
    ["anybody of the account", untagged, keys.user],
    ["itself", long, keys.stranger],
  ])("a caller is trusted as %s", async (_, RoleArn, key) => {
    expect((await assume({ RoleArn }, key)).Credentials).toBeDefined();
  });

  test("a role without sts:TagSession can be had without tags", async () => {
    const Tags = [{ Key: "run", Value: "1" }];
    expect((await assume({ RoleArn: untagged })).Credentials).toBeDefined();
    expect((await assume({ RoleArn: untagged, Tags: [] })).Credentials).toBeDefined();
    expect(await errorOf(assume({ RoleArn: untagged, Tags }))).toEqual({
      name: "AccessDenied",
      status: 403,
      message:
        "User: arn:aws:sts::123456789012:assumed-role/mayfly-worker/mayfly-worker is not authorized to perform: " +
        "sts:TagSession on resource: arn:aws:iam::123456789012:role/untagged",
    });
  });

  test.each<[string, string, string]>([
    ["nobody's", shut, keys.worker],
    ["another account's", deploy, keys.stranger],
    ["another one's", deploy, keys.user],
    ["not there", "arn:aws:iam::123456789012:role/gone", keys.worker],
    ["not there, whatever JavaScript thinks", "arn:aws:iam::123456789012:role/__proto__", keys.worker],
  ])("a role that is %s is denied in the same words", async (_, RoleArn, key) => {
    const before = rig.aws.assumedRoles().length;
    const { name, status, message } = await errorOf(assume({ RoleArn }, key));
    expect([name, status]).toEqual(["AccessDenied", 403]);
    expect(message).toMatch(
      /^User: arn:aws:\S+ is not authorized to perform: sts:AssumeRole on resource: arn:aws:\S+$/,
    );
    expect(rig.aws.assumedRoles()).toHaveLength(before);
  });

  const tag = (Key: string, Value: string): Asked => ({ Tags: [{ Key, Value }] });
  const refusals: [string, Asked, string][] = [
    ["a session name of one", { RoleSessionName: "x" }, "'roleSessionName' failed to satisfy constraint: Member must have length greater than or equal to 2"], // prettier-ignore
    ["a session name of 65", { RoleSessionName: "x".repeat(65) }, "length less than or equal to 64"],
    ["a blank in the session name", { RoleSessionName: "a b" }, String.raw`pattern: [\w+=,.@-]*`],
    ["14 minutes", { DurationSeconds: 840 }, "Value '840' at 'durationSeconds' failed to satisfy constraint: Member must have value greater than or equal to 900"], // prettier-ignore
    ["13 hours", { DurationSeconds: 46_800 }, "less than or equal to 43200"],
    ["a short ARN", { RoleArn: "arn:aws:iam" }, "'roleArn' failed"],
    ["what is no ARN", { RoleArn: "deploy-deploy-deploy" }, "deploy-deploy-deploy is invalid"],
    ["a user's ARN", { RoleArn: "arn:aws:iam::123456789012:user/deploy" }, "is invalid"],
    ["a tag's key of 129", tag("k".repeat(129), "v"), "'tags.1.member.key'"],
    ["an empty key", tag("", "v"), "'tags.1.member.key'"],
    ["a tag's value of 257", tag("k", "v".repeat(257)), "'tags.1.member.value'"],
    ["a forbidden sign in a value", tag("k", "a#b"), String.raw`pattern: [\p{L}\p{Z}\p{N}_.:/=+\-@]*`],
    ["a reserved key", tag("AWS:x", "v"), "aws:"],
    ["51 tags", { Tags: Array.from({ length: 51 }, (_, index) => ({ Key: `k${index}`, Value: "" })) }, "equal to 50"],
    ["a session policy", { Policy: "{}" }, "Policy is not in the sandbox"],
    ["transitive tags", { TransitiveTagKeys: ["k"] }, "TransitiveTagKeys.member.1 is not in the sandbox"],
  ];

  test.each(refusals)("%s is refused", async (_, more, words) => {
    const seen = await errorOf(assume(more));
    expect(seen).toEqual({ name: "ValidationError", status: 400, message: expect.stringContaining(words) });
  });

  test("several things that are wrong are said at once", async () => {
    const { message } = await errorOf(assume({ RoleSessionName: "#", DurationSeconds: 1 }));
    expect(message).toMatch(
      /^3 validation errors detected: Value '#' at 'roleSessionName' .*; Value '1' at 'durationSeconds' /,
    );
  });

  test("keys of tags that differ in case only are the same", async () => {
    const Tags = ["Run", "run"].map((Key) => ({ Key, Value: "1" }));
    expect(await errorOf(assume({ Tags }))).toMatchObject({ name: "InvalidParameterValue", status: 400 });
  });

  test("more than the role allows, or more than an hour by a role's session, is refused", async () => {
    const DurationSeconds = 7200;
    expect((await errorOf(assume({ DurationSeconds }))).message).toContain("1 hour session limit for roles assumed by role chaining"); // prettier-ignore
    expect((await assume({ DurationSeconds, RoleArn: long }, keys.user)).Credentials).toBeDefined();
    const tooLong = errorOf(assume({ DurationSeconds, RoleArn: untagged }, keys.user));
    expect((await tooLong).message).toBe(
      "The requested DurationSeconds exceeds the MaxSessionDuration set for this role.",
    );
  });
});

describe("who asks", () => {
  test("is who has the key", async () => {
    const { Arn, Account } = await rig.clientOf(keys.user).send(new GetCallerIdentityCommand());
    expect([Arn, Account]).toEqual(["arn:aws:iam::123456789012:user/somebody", "123456789012"]);
  });

  test("with a key that nobody has is refused", async () => {
    const seen = await errorOf(assume({}, "AKIDEXAMPLE"));
    expect(seen).toMatchObject({ name: "InvalidClientTokenId", status: 403 });
    expect(await errorOf(assume({}, "constructor"))).toMatchObject({ name: "InvalidClientTokenId" });
  });

  test("without a signature, or with one for another region, is refused", async () => {
    const body = "Action=AssumeRole&Version=2011-06-15";
    const headers = { "content-type": "application/x-www-form-urlencoded" };
    const unsigned = await fetch(`${rig.aws.url}/`, { method: "POST", body, headers });
    expect([unsigned.status, await unsigned.text()]).toEqual([
      403,
      expect.stringContaining("<Code>MissingAuthenticationToken</Code>"),
    ]);
    const credentials = { accessKeyId: keys.worker, secretAccessKey: "secret" };
    const client = new STSClient({ region: "us-east-1", endpoint: rig.aws.url, maxAttempts: 1, credentials });
    expect(await errorOf(client.send(new GetCallerIdentityCommand()))).toMatchObject({ name: "SignatureDoesNotMatch" });
    client.destroy();
  });

  test("for something else is told that it is not here", async () => {
    const body = "Action=GetSessionToken&Version=2011-06-15";
    const headers = { "content-type": "application/x-www-form-urlencoded" };
    const answer = await fetch(`${rig.aws.url}/`, { method: "POST", body, headers });
    expect([answer.status, await answer.text()]).toEqual([400, expect.stringContaining("<Code>InvalidAction</Code>")]);
  });

  test("where nobody is known is always refused; a query for another service is not in the sandbox", async () => {
    const empty = await startRig({ sts: undefined });
    const call = empty.clientOf(keys.worker).send(new GetCallerIdentityCommand());
    expect(await errorOf(call)).toMatchObject({ name: "InvalidClientTokenId" });
    const headers = { "content-type": "application/x-www-form-urlencoded" };
    const answer = await fetch(`${empty.aws.url}/`, { method: "POST", body: "Action=RunInstances", headers });
    expect([answer.status, answer.headers.get("x-amzn-errortype")]).toEqual([404, "UnknownOperationException"]);
    await empty.close();
  });
});

describe("faults of STS", () => {
  test.each([
    "sts.AssumeRole:Throttling:2",
    "sts.AssumeRole:500",
    "sts.AssumeRole:lost-reply",
    "sts.AssumeRole:AccessDenied",
  ])("%s can be asked for", (text) => {
    const fault = parseFault(text, awsFaults);
    expect(faultSupply([fault]).take("sts", "AssumeRole")).toBe(fault.kind);
  });

  /** The SDK's own names for errors that the service model has. */
  const named: Record<string, string> = {
    MalformedPolicyDocument: "MalformedPolicyDocumentException",
    PackedPolicyTooLarge: "PackedPolicyTooLargeException",
  };
  test.each(Object.entries(stsCodes))(
    "%s is what the SDK throws, with %i, and nothing is given",
    async (code, status) => {
      const before = rig.aws.assumedRoles().length;
      rig.breakNext("AssumeRole", code);
      expect(await errorOf(assume())).toMatchObject({ name: named[code] ?? code, status });
      expect(rig.aws.assumedRoles()).toHaveLength(before);
    },
  );

  test("a bare status is that status; a lost reply has happened; every call is counted", async () => {
    const before = { given: rig.aws.assumedRoles().length, calls: rig.aws.calls()["sts.AssumeRole"] ?? 0 };
    rig.breakNext("AssumeRole", "502");
    expect((await errorOf(assume())).status).toBe(502);
    rig.breakNext("AssumeRole", "lost-reply");
    expect((await errorOf(assume())).status).toBeUndefined();
    expect(rig.aws.assumedRoles()).toHaveLength(before.given + 1);
    expect(rig.aws.calls()["sts.AssumeRole"]).toBe(before.calls + 2);
  });
});
