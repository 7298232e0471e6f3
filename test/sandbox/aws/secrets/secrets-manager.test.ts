import {
  CreateSecretCommand,
  DescribeSecretCommand,
  GetSecretValueCommand,
  PutSecretValueCommand,
  SecretsManagerClient,
} from "@aws-sdk/client-secrets-manager";
import type { CreateSecretCommandInput } from "@aws-sdk/client-secrets-manager";
import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { awsFaults } from "../../../../src/sandbox/aws/faults.ts";
import { secretsManagerCodes } from "../../../../src/sandbox/aws/secrets-manager/codes.ts";
import { parseFault } from "../../../../src/sandbox/faults.ts";
import { errorOf } from "../ec2/rig.ts";
import { startRig } from "./rig.ts";
import type { Rig } from "./rig.ts";

let rig: Rig;
beforeAll(async () => void (rig = await startRig()));
afterAll(async () => await rig.close());

const token = (number: number): string => `00000000-0000-0000-0000-${String(number).padStart(12, "0")}`;

async function create(more: Partial<CreateSecretCommandInput> = {}): Promise<string> {
  const Name = more.Name ?? rig.name();
  await rig.secrets.send(new CreateSecretCommand({ ...more, Name }));
  return Name;
}

async function put(SecretId: string, SecretString: string, ClientRequestToken: string, stages?: string[]) {
  const input = { SecretId, SecretString, ClientRequestToken, VersionStages: stages };
  return await rig.secrets.send(new PutSecretValueCommand(input));
}

async function get(SecretId: string, more: { VersionId?: string; VersionStage?: string } = {}) {
  return await rig.secrets.send(new GetSecretValueCommand({ SecretId, ...more }));
}

describe("a secret as the SDK sees it", () => {
  test("is there without a value, as CloudFormation makes it, and says so in AWS's words", async () => {
    const name = await create({ Description: "of Mayfly" });
    const { VersionIdsToStages, Description, ARN } = await rig.secrets.send(
      new DescribeSecretCommand({ SecretId: name }),
    );
    expect({ VersionIdsToStages, Description }).toEqual({ VersionIdsToStages: undefined, Description: "of Mayfly" });
    expect(ARN).toMatch(/^arn:aws:secretsmanager:eu-central-1:123456789012:secret:\/mayfly\/\d+-\w{6}$/);
    expect(await errorOf(get(name))).toEqual({
      name: "ResourceNotFoundException",
      status: 400,
      message: "Secrets Manager can't find the specified secret value for staging label: AWSCURRENT",
    });
  });

  test("gives its current version, by name, ARN, and ARN without its end", async () => {
    const before = Date.now();
    const name = await create({ SecretString: "one", ClientRequestToken: token(1) });
    const answer = await get(name);
    expect(answer).toMatchObject({ Name: name, SecretString: "one", VersionId: token(1) });
    expect(answer.VersionStages).toEqual(["AWSCURRENT"]);
    expect(answer.CreatedDate?.getTime()).toBeGreaterThanOrEqual(before - 1000);
    const arn = answer.ARN ?? "";
    expect([(await get(arn)).SecretString, (await get(arn.slice(0, -7))).SecretString]).toEqual(["one", "one"]);
  });

  test("a new version is current, the one before it previous, older ones are not shown any more", async () => {
    const name = await create({ SecretString: "one", ClientRequestToken: token(1) });
    expect(await put(name, "two", token(2))).toMatchObject({ VersionId: token(2), VersionStages: ["AWSCURRENT"] });
    await put(name, "three", token(3));
    const { VersionIdsToStages } = await rig.secrets.send(new DescribeSecretCommand({ SecretId: name }));
    expect(VersionIdsToStages).toEqual({ [token(3)]: ["AWSCURRENT"], [token(2)]: ["AWSPREVIOUS"] });
    expect((await get(name, { VersionStage: "AWSPREVIOUS" })).SecretString).toBe("two");
    expect((await get(name, { VersionId: token(1) })).SecretString).toBe("one");
    const mismatch = errorOf(get(name, { VersionId: token(2), VersionStage: "AWSCURRENT" }));
    expect(await mismatch).toMatchObject({ name: "InvalidRequestException", status: 400 });
    const missing = await errorOf(get(name, { VersionId: token(9) }));
    expect(missing.message).toBe(`Secrets Manager can't find the specified secret value for VersionId: ${token(9)}`);
  });

  test("a version with a label of its own leaves the current one alone", async () => {
    const name = await create({ SecretString: "one", ClientRequestToken: token(1) });
    await put(name, "two", token(2), ["AWSPENDING"]);
    expect([(await get(name)).SecretString, (await get(name, { VersionStage: "AWSPENDING" })).SecretString]).toEqual([
      "one",
      "two",
    ]);
  });

  test("each change has a time of its own", async () => {
    const name = await create({ SecretString: "one" });
    const times: (number | undefined)[] = [];
    for (const number of [2, 3, 4]) {
      await put(name, String(number), token(number));
      const { LastChangedDate } = await rig.secrets.send(new DescribeSecretCommand({ SecretId: name }));
      times.push(LastChangedDate?.getTime());
    }
    expect(new Set(times).size).toBe(3);
  });
});

describe("a token", () => {
  test("with the same text is the same request; with another one it is refused, and nothing changes", async () => {
    const name = await create({ SecretString: "one", ClientRequestToken: token(1) });
    await put(name, "two", token(2));
    expect((await put(name, "two", token(2))).VersionId).toBe(token(2));
    const { name: code, message } = await errorOf(put(name, "three", token(2)));
    expect([code, message]).toEqual([
      "ResourceExistsException",
      expect.stringMatching(
        /^You can't use ClientRequestToken \S+ because that value is already in use for a version of secret arn:/,
      ),
    ]);
    expect((await get(name)).SecretString).toBe("two");
  });

  test("makes a creation once; another one of the same name is refused", async () => {
    const name = await create({ SecretString: "one", ClientRequestToken: token(1) });
    await create({ Name: name, SecretString: "one", ClientRequestToken: token(1) });
    expect(await errorOf(create({ Name: name, SecretString: "two" }))).toMatchObject({
      name: "ResourceExistsException",
      message: `The operation failed because the secret ${name} already exists.`,
    });
  });

  test.each([31, 65])("of %i characters is refused", async (length) => {
    const name = await create();
    expect(await errorOf(put(name, "x", "t".repeat(length)))).toMatchObject({
      name: "InvalidParameterException",
      message: "ClientRequestToken must be 32-64 characters long.",
    });
  });
});

describe("what is refused", () => {
  test("a secret that is not there, whatever JavaScript thinks", async () => {
    for (const name of ["none", "__proto__", "constructor"]) {
      expect(await errorOf(get(name))).toEqual({
        name: "ResourceNotFoundException",
        status: 400,
        message: "Secrets Manager can't find the specified secret.",
      });
    }
    expect(await errorOf(put("none", "x", token(1)))).toMatchObject({ name: "ResourceNotFoundException" });
  });

  test("a name with a blank, more than 64 KB, no value", async () => {
    expect(await errorOf(create({ Name: "a b" }))).toMatchObject({ name: "InvalidParameterException" });
    const name = await create({ SecretString: "x".repeat(65_536) });
    expect(await errorOf(put(name, "x".repeat(65_537), token(2)))).toMatchObject({ name: "ValidationException" });
    const empty = rig.secrets.send(new PutSecretValueCommand({ SecretId: name }));
    expect(await errorOf(empty)).toMatchObject({ name: "InvalidParameterException" });
  });

  test("members that the stand-in does not have are not left out silently", async () => {
    const call = rig.secrets.send(new CreateSecretCommand({ Name: rig.name(), AddReplicaRegions: [{ Region: "x" }] }));
    expect((await errorOf(call)).message).toBe("AddReplicaRegions is not in the sandbox");
  });

  test("a request without a signature, for another region, or for another operation", async () => {
    const headers = { "content-type": "application/x-amz-json-1.1", "x-amz-target": "secretsmanager.GetSecretValue" };
    const unsigned = await fetch(rig.aws.url, { method: "POST", body: "{}", headers });
    expect([unsigned.status, await unsigned.json()]).toEqual([
      403,
      expect.objectContaining({ __type: "MissingAuthenticationTokenException" }),
    ]);
    const credentials = { accessKeyId: "AKIDEXAMPLE", secretAccessKey: "secret" };
    const client = new SecretsManagerClient({
      region: "us-east-1",
      endpoint: rig.aws.url,
      maxAttempts: 1,
      credentials,
    });
    const call = client.send(new GetSecretValueCommand({ SecretId: "x" }));
    expect(await errorOf(call)).toMatchObject({ name: "InvalidSignatureException" });
    client.destroy();
  });
});

describe("faults of Secrets Manager", () => {
  test.each(Object.entries(secretsManagerCodes))("%s is what the SDK throws, with %i", async (code, status) => {
    const name = await create({ SecretString: "one" });
    expect(parseFault(`secretsmanager.GetSecretValue:${code}`, awsFaults).kind).toBe(code);
    rig.breakNext("secretsmanager", "GetSecretValue", code);
    expect(await errorOf(get(name))).toMatchObject({ name: code, status });
    expect((await get(name)).SecretString).toBe("one");
  });

  test("a lost reply of a write: the version is there, and the SDK's own repetition changes nothing", async () => {
    const name = await create({ SecretString: "one" });
    rig.breakNext("secretsmanager", "PutSecretValue", "lost-reply");
    const before = rig.aws.calls()["secretsmanager.PutSecretValue"] ?? 0;
    await rig.patient.secrets.send(new PutSecretValueCommand({ SecretId: name, SecretString: "two" }));
    expect(rig.aws.calls()["secretsmanager.PutSecretValue"]).toBe(before + 2);
    const { VersionIdsToStages } = await rig.secrets.send(new DescribeSecretCommand({ SecretId: name }));
    expect(Object.values(VersionIdsToStages ?? {})).toEqual([["AWSPREVIOUS"], ["AWSCURRENT"]]);
  });
});
