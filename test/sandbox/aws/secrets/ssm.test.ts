import { GetParameterCommand, PutParameterCommand, SSMClient } from "@aws-sdk/client-ssm";
import type { PutParameterCommandInput, PutParameterCommandOutput } from "@aws-sdk/client-ssm";
import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { awsFaults } from "../../../../src/sandbox/aws/faults.ts";
import { ssmCodes } from "../../../../src/sandbox/aws/ssm/codes.ts";
import { parseFault } from "../../../../src/sandbox/faults.ts";
import { errorOf } from "../ec2/rig.ts";
import { startRig } from "./rig.ts";
import type { Rig } from "./rig.ts";

let rig: Rig;
beforeAll(async () => void (rig = await startRig()));
afterAll(async () => await rig.close());

async function put(Name: string, more: Partial<PutParameterCommandInput> = {}): Promise<PutParameterCommandOutput> {
  return await rig.ssm.send(new PutParameterCommand({ Name, Value: "one", ...more }));
}

async function get(Name: string, WithDecryption?: boolean) {
  return (await rig.ssm.send(new GetParameterCommand({ Name, WithDecryption }))).Parameter;
}

describe("a parameter as the SDK sees it", () => {
  test("is written, overwritten when that is asked for, and read in its newest or a numbered version", async () => {
    const name = rig.name();
    expect(await put(name, { Type: "String" })).toMatchObject({ Version: 1, Tier: "Standard" });
    expect(await errorOf(put(name, { Value: "two" }))).toMatchObject({
      name: "ParameterAlreadyExists",
      status: 400,
      message: expect.stringContaining("set the overwrite option in the request to true"),
    });
    expect((await put(name, { Value: "two", Overwrite: true })).Version).toBe(2);
    expect(await get(name)).toMatchObject({
      Name: name,
      ARN: `arn:aws:ssm:eu-central-1:123456789012:parameter${name}`,
      Type: "String",
      Value: "two",
      Version: 2,
      LastModifiedDate: expect.any(Date),
    });
    expect(await get(`${name}:1`)).toMatchObject({ Value: "one", Version: 1, Selector: ":1" });
    expect(await get(`arn:aws:ssm:eu-central-1:123456789012:parameter${name}:2`)).toMatchObject({ Value: "two" });
    expect(await errorOf(get(`${name}:3`))).toMatchObject({ name: "ParameterVersionNotFound", status: 400 });
  });

  test("a SecureString says nothing without decryption", async () => {
    const name = rig.name();
    await put(name, { Type: "SecureString", Value: "a secret" });
    const hidden = (await get(name))?.Value ?? "";
    expect(hidden).toMatch(/^AQICAH[\w+/=]{100,}$/);
    expect(Buffer.from(hidden, "base64").toString("latin1")).not.toContain("secret");
    expect((await get(name, true))?.Value).toBe("a secret");
  });

  test("that is not there has an error without words", async () => {
    for (const name of ["/none", "__proto__"]) {
      expect(await errorOf(get(name))).toEqual({ name: "ParameterNotFound", status: 400, message: "UnknownError" });
    }
  });

  test("keeps its last hundred versions", async () => {
    const name = rig.name();
    await put(name, { Type: "String" });
    for (let version = 2; version <= 101; version += 1) await put(name, { Overwrite: true });
    expect((await get(name))?.Version).toBe(101);
    expect(await errorOf(get(`${name}:1`))).toMatchObject({ name: "ParameterVersionNotFound" });
    expect((await get(`${name}:2`))?.Version).toBe(2);
  });
});

describe("tiers", () => {
  const big = { Type: "String", Value: "x".repeat(4097) } as const;

  test.each([
    ["Standard", 4096, "Standard"],
    ["Intelligent-Tiering", 4096, "Standard"],
    ["Intelligent-Tiering", 4097, "Advanced"],
    ["Advanced", 8192, "Advanced"],
  ] as const)("%s takes %i bytes as %s", async (Tier, bytes, tier) => {
    expect((await put(rig.name(), { ...big, Value: "x".repeat(bytes), Tier })).Tier).toBe(tier);
  });

  test.each([
    [
      undefined,
      4097,
      "Standard tier parameters support a maximum parameter value of 4096 characters. To create a larger",
    ],
    ["Advanced", 8193, "Advanced tier parameters support a maximum parameter value of 8192 characters."],
    ["Intelligent-Tiering", 8193, "Advanced tier parameters support a maximum"],
  ] as const)("%s does not take %i", async (Tier, bytes, message) => {
    const seen = await errorOf(put(rig.name(), { ...big, Value: "x".repeat(bytes), Tier }));
    expect(seen).toMatchObject({ name: "ValidationException", status: 400, message: expect.stringContaining(message) });
  });

  test("there is no way back from Advanced", async () => {
    const name = rig.name();
    await put(name, { ...big, Tier: "Advanced" });
    const seen = await errorOf(put(name, { Tier: "Standard", Overwrite: true }));
    expect(seen.message).toContain("You can't downgrade a parameter");
    expect((await put(name, { Overwrite: true })).Tier).toBe("Advanced");
  });
});

describe("what is refused", () => {
  const refusals: [string, string, Partial<PutParameterCommandInput>, string, string][] = [
    ["no type for a new one", "/a/b", {}, "ValidationException", "A parameter type is required"],
    ["an unknown type", "/a/b", { Type: "Text" as "String" }, "ValidationException", "'Text' at 'type' failed"],
    ["an empty value", "/a/b", { Type: "String", Value: "" }, "ValidationException", "'value' failed"],
    ["a path that begins nowhere", "a/b", { Type: "String" }, "ValidationException", "fully qualified name"],
    ["a reserved beginning", "/aws/b", { Type: "String" }, "ValidationException", "can't be prefixed"],
    ["a blank in the name", "/a b", { Type: "String" }, "ValidationException", "only a mix of letters"],
    ["16 levels", "/a".repeat(16), { Type: "String" }, "HierarchyLevelLimitExceededException", "15 levels"],
    ["another parameter inside", "/a/b", { Type: "String", Value: "{{ssm:x}}" }, "ValidationException", "can't nest"],
    ["what the stand-in does not have", "/a/b", { Type: "String", Policies: "[]" }, "ValidationException", "not in the sandbox"], // prettier-ignore
  ];
  test.each(refusals)("%s", async (_, name, more, code, words) => {
    const seen = await errorOf(put(name, more));
    expect(seen).toMatchObject({ name: code, status: 400, message: expect.stringContaining(words) });
  });

  test("another type for one that is there", async () => {
    const name = rig.name();
    await put(name, { Type: "String" });
    const seen = await errorOf(put(name, { Type: "SecureString", Overwrite: true }));
    expect(seen).toMatchObject({ name: "HierarchyTypeMismatchException", status: 400 });
  });

  test("a signature for another service or region", async () => {
    const credentials = { accessKeyId: "AKIDEXAMPLE", secretAccessKey: "secret" };
    const client = new SSMClient({ region: "us-east-1", endpoint: rig.aws.url, maxAttempts: 1, credentials });
    const call = client.send(new GetParameterCommand({ Name: "/a" }));
    expect(await errorOf(call)).toMatchObject({ name: "InvalidSignatureException", status: 403 });
    client.destroy();
  });
});

describe("faults of the Parameter Store", () => {
  test.each(Object.entries(ssmCodes))("%s is what the SDK throws, with %i", async (code, status) => {
    expect(parseFault(`ssm.GetParameter:${code}`, awsFaults).kind).toBe(code);
    const name = rig.name();
    await put(name, { Type: "String" });
    rig.breakNext("ssm", "GetParameter", code);
    expect(await errorOf(get(name))).toMatchObject({ name: code, status });
    expect((await get(name))?.Value).toBe("one");
  });

  test("a lost reply of a write: it is written", async () => {
    const name = rig.name();
    rig.breakNext("ssm", "PutParameter", "lost-reply");
    expect((await errorOf(put(name, { Type: "String" }))).status).toBeUndefined();
    expect((await get(name))?.Value).toBe("one");
  });
});
