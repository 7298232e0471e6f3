import {
  CreateSecretCommand,
  DescribeSecretCommand,
  GetSecretValueCommand,
  PutSecretValueCommand,
  SecretsManagerClient,
} from "@aws-sdk/client-secrets-manager";
import { afterAll, expect, test } from "@jest/globals";
import { secretsManagerSource } from "../../src/adapters/secrets/secrets-manager-source.ts";
import { secretsManagerVault } from "../../src/adapters/secrets/secrets-manager-vault.ts";
import { given, newName, reach } from "./moto.ts";
import { notKept } from "./not-kept.ts";
import { vaultSuite } from "./vault-suite.ts";

const client = new SecretsManagerClient(reach());
const clients = [client];
afterAll(() => {
  for (const one of clients) one.destroy();
});

/** A client that does something else right before it writes. */
function interrupted(beforeWrite: () => Promise<void>): SecretsManagerClient {
  const other = new SecretsManagerClient(reach());
  clients.push(other);
  other.middlewareStack.add(
    (next, { commandName }) =>
      async (call) => {
        if (commandName === "PutSecretValueCommand") await beforeWrite();
        return await next(call);
      },
    { step: "initialize" },
  );
  return other;
}

async function made(SecretString?: string): Promise<string> {
  const Name = newName();
  await client.send(new CreateSecretCommand({ Name, SecretString }));
  return Name;
}

vaultSuite("Secrets Manager", {
  make: async (Name) => void (await client.send(new CreateSecretCommand({ Name }))),
  vault: (id, beforeWrite) => secretsManagerVault(beforeWrite ? interrupted(beforeWrite) : client, id),
  source: (id) => secretsManagerSource(client, id),
});

test("a rotation moves the labels: the new version is current, the one before it previous", async () => {
  const SecretId = await made();
  const vault = secretsManagerVault(client, SecretId);
  await vault.write("one", await vault.state());
  const { version: one = "" } = await vault.state();
  await vault.write("two", await vault.state());
  const { version: two = "" } = await vault.state();
  const { VersionIdsToStages } = await client.send(new DescribeSecretCommand({ SecretId }));
  expect(VersionIdsToStages).toEqual({ [one]: ["AWSPREVIOUS"], [two]: ["AWSCURRENT"] });
  const previous = await client.send(new GetSecretValueCommand({ SecretId, VersionStage: "AWSPREVIOUS" }));
  expect(previous.SecretString).toBe("one");
});

test("a version that somebody else put there is read at once, and no write from before it passes", async () => {
  const SecretId = await made("one");
  const vault = secretsManagerVault(client, SecretId);
  const before = await vault.state();
  expect(before.text).toBe("one");
  await client.send(new PutSecretValueCommand({ SecretId, SecretString: "by hand" }));
  expect(await secretsManagerSource(client, SecretId).read()).toBe("by hand");
  await expect(vault.write("two", before)).rejects.toMatchObject({ facts: { kind: "conflict" } });
});

test("a secret is found by its ARN too", async () => {
  const { ARN } = await client.send(new CreateSecretCommand({ Name: newName(), SecretString: "one" }));
  expect(await secretsManagerSource(client, given(ARN, "ARN")).read()).toBe("one");
  expect((await secretsManagerVault(client, given(ARN, "ARN")).state()).text).toBe("one");
});

test("a secret that nobody has deployed is told from one without a value, and not made", async () => {
  const name = newName();
  const message = expect.stringMatching(new RegExp(`no secret ${name} in this account and region: deploy first`));
  const missing = { facts: { service: "secrets", kind: "not-found", message } };
  await expect(secretsManagerSource(client, name).read()).rejects.toMatchObject(missing);
  await expect(secretsManagerVault(client, name).state()).rejects.toMatchObject(missing);
});

test("bytes in place of a text are refused", async () => {
  const Name = newName();
  await client.send(new CreateSecretCommand({ Name, SecretBinary: Buffer.from("x") }));
  await expect(secretsManagerSource(client, Name).read()).rejects.toMatchObject({ facts: { kind: "invalid" } });
});

notKept("the limit of 64 KB", 70_000, async () => {
  const SecretId = await made("x".repeat(70_000));
  return (await client.send(new GetSecretValueCommand({ SecretId }))).SecretString?.length;
});
