import { CreateSecretCommand, GetSecretValueCommand, PutSecretValueCommand } from "@aws-sdk/client-secrets-manager";
import { PutParameterCommand } from "@aws-sdk/client-ssm";
import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { secretPlace } from "../../../src/adapters/secrets/secret-place.ts";
import type { SecretSource } from "../../../src/adapters/secrets/secret-source.ts";
import { redactedWords } from "../../../src/adapters/secrets/secret-words.ts";
import { secretsManagerCodes } from "../../../src/adapters/secrets/secrets-manager-codes.ts";
import { secretsManagerSource } from "../../../src/adapters/secrets/secrets-manager-source.ts";
import { ssmCodes } from "../../../src/adapters/secrets/ssm-codes.ts";
import { ssmSource } from "../../../src/adapters/secrets/ssm-source.ts";
import { CallError } from "../../../src/core/errors/call-error.ts";
import type { CallErrorFacts } from "../../../src/core/errors/call-error.ts";
import { secretsManagerCodes as secretsManagerErrors } from "../../../src/sandbox/aws/secrets-manager/codes.ts";
import { ssmCodes as ssmErrors } from "../../../src/sandbox/aws/ssm/codes.ts";
import { startRig } from "../../sandbox/aws/secrets/rig.ts";
import type { Rig } from "../../sandbox/aws/secrets/rig.ts";

let rig: Rig;
beforeAll(async () => void (rig = await startRig()));
afterAll(async () => await rig.close());

async function failure(source: SecretSource): Promise<CallErrorFacts> {
  const error: unknown = await source.read().catch((caught: unknown) => caught);
  expect(error).toBeInstanceOf(CallError);
  const { facts } = error as CallError;
  expect(facts.service).toBe("secrets");
  expect(facts.message).toContain(source.name);
  return facts;
}

describe("a secret of Secrets Manager", () => {
  test("is read in its current version", async () => {
    const Name = rig.name();
    await rig.secrets.send(new CreateSecretCommand({ Name, SecretString: "one" }));
    const source = secretsManagerSource(rig.secrets, Name);
    expect(await source.read()).toBe("one");
    await rig.secrets.send(new PutSecretValueCommand({ SecretId: Name, SecretString: "two" }));
    expect(await source.read()).toBe("two");
  });

  test("without a value says what to do", async () => {
    const Name = rig.name();
    await rig.secrets.send(new CreateSecretCommand({ Name }));
    const { kind, message } = await failure(secretsManagerSource(rig.secrets, Name));
    expect([kind, message]).toEqual(["not-found", expect.stringContaining("Run npx mayfly register")]);
  });

  test("that is not there, or that holds bytes, is told from one without a value", async () => {
    const { kind, message } = await failure(secretsManagerSource(rig.secrets, "none"));
    expect([kind, message]).toEqual(["not-found", expect.stringMatching(/no secret none in this account and region/)]);
    const Name = rig.name();
    await rig.secrets.send(new CreateSecretCommand({ Name, SecretBinary: Buffer.from("x") }));
    expect(await failure(secretsManagerSource(rig.secrets, Name))).toMatchObject({ kind: "invalid" });
  });

  test.each(Object.keys(secretsManagerErrors))("%s means what the table says", async (code) => {
    rig.breakNext("secretsmanager", "GetSecretValue", code);
    const facts = await failure(secretsManagerSource(rig.secrets, "any"));
    expect(facts).toMatchObject({ kind: secretsManagerCodes[code], code });
  });

  test("a reply that is lost is a lost reply", async () => {
    const Name = rig.name();
    await rig.secrets.send(new CreateSecretCommand({ Name, SecretString: "one" }));
    rig.breakNext("secretsmanager", "GetSecretValue", "lost-reply");
    expect((await failure(secretsManagerSource(rig.secrets, Name))).kind).toBe("lost-reply");
  });
});

describe("a SecureString", () => {
  test("is read decrypted", async () => {
    const Name = rig.name();
    await rig.ssm.send(new PutParameterCommand({ Name, Type: "SecureString", Value: "one" }));
    expect(await ssmSource(rig.ssm, Name).read()).toBe("one");
  });

  test("that is not there says what to do", async () => {
    const { kind, message } = await failure(ssmSource(rig.ssm, "/none"));
    expect([kind, message]).toEqual(["not-found", expect.stringContaining("Run npx mayfly register")]);
  });

  test("a parameter that everybody may read is refused", async () => {
    const Name = rig.name();
    await rig.ssm.send(new PutParameterCommand({ Name, Type: "String", Value: "hunter2" }));
    const { kind, message } = await failure(ssmSource(rig.ssm, Name));
    expect([kind, message]).toEqual(["invalid", expect.stringContaining("is a String in place of a SecureString")]);
    expect(message).not.toContain("hunter2");
  });

  test.each(Object.keys(ssmErrors))("%s means what the table says", async (code) => {
    rig.breakNext("ssm", "GetParameter", code);
    expect(await failure(ssmSource(rig.ssm, "/any"))).toMatchObject({ kind: ssmCodes[code], code });
  });
});

test("a service's words are passed on without what they quote", () => {
  const words = "1 validation error detected: Value '{\"hostKey\":\"4715\"}' at 'secretString' failed to satisfy";
  expect(redactedWords(words)).toBe(
    "1 validation error detected: Value '[redacted]' at 'secretString' failed to satisfy",
  );
});

describe("where the secret is", () => {
  const arn = "arn:aws:secretsmanager:eu-central-1:123456789012:secret:mayfly-prod-AbCdEf";
  const parameter = "arn:aws:ssm:eu-central-1:123456789012:parameter/mayfly/prod/app";
  test.each([
    ["secretsmanager:mayfly-prod-app", "secretsmanager", "mayfly-prod-app"],
    [`secretsmanager:${arn}`, "secretsmanager", arn],
    ["ssm:/mayfly/prod/app", "ssm", "/mayfly/prod/app"],
    [`ssm:${parameter}`, "ssm", parameter],
    ["mayfly-prod-app", "secretsmanager", "mayfly-prod-app"],
    [arn, "secretsmanager", arn],
    [parameter, "ssm", parameter],
  ])("%s", (text, service, id) => {
    expect(secretPlace(text)).toEqual({ service, id });
  });

  test.each(["", "ssm:", "secretsmanager:", "a b", `secretsmanager:${parameter}`])("%j is nowhere", (text) => {
    expect(() => secretPlace(text)).toThrow("write secretsmanager:NAME-OR-ARN or ssm:/PARAMETER");
  });
});

test("only the current version is asked for: nobody pins an old one", async () => {
  const Name = rig.name();
  await rig.secrets.send(new CreateSecretCommand({ Name, SecretString: "one" }));
  const sent: object[] = [];
  const client = Object.create(rig.secrets) as typeof rig.secrets;
  client.send = ((command: GetSecretValueCommand) => {
    sent.push(command.input);
    return rig.secrets.send(command);
  }) as typeof client.send;
  await secretsManagerSource(client, Name).read();
  expect(sent).toEqual([{ SecretId: Name }]);
});
