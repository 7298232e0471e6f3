import { CreateSecretCommand, PutSecretValueCommand } from "@aws-sdk/client-secrets-manager";
import { PutParameterCommand } from "@aws-sdk/client-ssm";
import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import type { SecretVault } from "../../../src/adapters/secrets/secret-vault.ts";
import { secretsManagerSource } from "../../../src/adapters/secrets/secrets-manager-source.ts";
import { secretsManagerVault } from "../../../src/adapters/secrets/secrets-manager-vault.ts";
import { ssmSource } from "../../../src/adapters/secrets/ssm-source.ts";
import { ssmVault } from "../../../src/adapters/secrets/ssm-vault.ts";
import { CallError } from "../../../src/core/errors/call-error.ts";
import type { CallErrorFacts } from "../../../src/core/errors/call-error.ts";
import { startRig } from "../../sandbox/aws/secrets/rig.ts";
import type { Rig } from "../../sandbox/aws/secrets/rig.ts";

let rig: Rig;
beforeAll(async () => void (rig = await startRig()));
afterAll(async () => await rig.close());

async function failure(call: Promise<unknown>): Promise<CallErrorFacts> {
  const error: unknown = await call.catch((caught: unknown) => caught);
  expect(error).toBeInstanceOf(CallError);
  return (error as CallError).facts;
}

/** What the two places have in common: made empty, read by the functions' source, broken at a write. */
const places = {
  secretsmanager: {
    make: async (name: string) => void (await rig.secrets.send(new CreateSecretCommand({ Name: name }))),
    vault: (name: string): SecretVault => secretsManagerVault(rig.patient.secrets, name),
    read: (name: string) => secretsManagerSource(rig.secrets, name).read(),
    write: "PutSecretValue",
  },
  ssm: {
    make: async () => {},
    vault: (name: string): SecretVault => ssmVault(rig.patient.ssm, name),
    read: (name: string) => ssmSource(rig.ssm, name).read(),
    write: "PutParameter",
  },
} as const;

describe.each(["secretsmanager", "ssm"] as const)("the secret at %s", (service) => {
  const { make, vault: vaultOf, read, write } = places[service];

  test("has no value at first, then the one that was written, with version and time", async () => {
    const name = rig.name();
    await make(name);
    const vault = vaultOf(name);
    const before = await vault.state();
    expect(before).toMatchObject({ text: undefined, version: undefined, writtenAtMs: undefined });
    await vault.write("one", before);
    expect(await read(name)).toBe("one");
    const after = await vault.state();
    expect(after).toMatchObject({ text: "one", version: expect.any(String) });
    expect(Math.abs((after.writtenAtMs ?? 0) - Date.now())).toBeLessThan(60_000);
    await vault.write("two", after);
    expect(await read(name)).toBe("two");
    expect((await vault.state()).version).not.toBe(after.version);
  });

  test.each([0, 1])("of two who change version %i at the same time, the second hears of it", async (version) => {
    const name = rig.name();
    await make(name);
    const [one, other] = [vaultOf(name), vaultOf(name)];
    if (version === 1) await one.write("zero", await one.state());
    const [ours, theirs] = [await one.state(), await other.state()];
    await one.write("one", ours);
    const { kind, message } = await failure(other.write("two", theirs));
    expect(kind).toBe("conflict");
    expect(message).toMatch(/by somebody else at the same time: look at it|look at its history/);
    expect(message).toContain(name);
  });

  test.each([0, 1])(
    "a lost reply of a write from version %i: the SDK's repetition changes nothing",
    async (version) => {
      const name = rig.name();
      await make(name);
      const vault = vaultOf(name);
      if (version === 1) await vault.write("zero", await vault.state());
      const before = await vault.state();
      rig.breakNext(service, write, "lost-reply");
      await vault.write("one", before);
      expect(await read(name)).toBe("one");
      // and the next change goes on from there
      await vault.write("two", await vault.state());
      expect(await read(name)).toBe("two");
    },
  );

  test("an error names the secret, and is translated", async () => {
    const name = rig.name();
    await make(name);
    const vault = vaultOf(name);
    const before = await vault.state();
    rig.breakNext(service, write, "AccessDeniedException");
    expect(await failure(vault.write("hunter2", before))).toMatchObject({
      service: "secrets",
      operation: write,
      kind: "forbidden",
      message: expect.stringMatching(new RegExp(`${name}: (?!.*hunter2)`)),
    });
  });
});

test("a secret that nobody has deployed is not made: CloudFormation owns it", async () => {
  const { kind, message } = await failure(secretsManagerVault(rig.secrets, "none").state());
  expect([kind, message]).toEqual(["not-found", expect.stringContaining("deploy first")]);
});

test("at Secrets Manager the second of two writes leaves the first one in force", async () => {
  const name = rig.name();
  await places.secretsmanager.make(name);
  const vault = secretsManagerVault(rig.secrets, name);
  const before = await vault.state();
  await vault.write("one", before);
  await failure(vault.write("two", before));
  expect((await vault.state()).text).toBe("one");
});

test("the same text written twice from the same state is one version", async () => {
  const name = rig.name();
  await places.secretsmanager.make(name);
  const vault = secretsManagerVault(rig.secrets, name);
  const before = await vault.state();
  await vault.write("one", before);
  const { version } = await vault.state();
  await vault.write("one", before);
  expect((await vault.state()).version).toBe(version);
});

test("a change by hand in between is noticed, and stays in force", async () => {
  const [name, parameter] = [rig.name(), rig.name()];
  await places.secretsmanager.make(name);
  const vault = secretsManagerVault(rig.secrets, name);
  const before = await vault.state();
  await rig.secrets.send(new PutSecretValueCommand({ SecretId: name, SecretString: "by hand" }));
  expect((await failure(vault.write("one", before))).kind).toBe("conflict");
  const other = ssmVault(rig.ssm, parameter);
  await other.write("zero", await other.state());
  const state = await other.state();
  await rig.ssm.send(new PutParameterCommand({ Name: parameter, Value: "by hand", Overwrite: true }));
  expect((await failure(other.write("one", state))).kind).toBe("conflict");
  expect([(await vault.state()).text, (await other.state()).text]).toEqual(["by hand", "by hand"]);
});

describe("a write that nobody saw coming, between the look and the write itself", () => {
  test("at Secrets Manager is refused by the token, where it came from the same state", async () => {
    const name = rig.name();
    await places.secretsmanager.make(name);
    const [one, other] = [secretsManagerVault(rig.secrets, name), secretsManagerVault(rig.secrets, name)];
    const before = await one.state();
    const ended = await Promise.allSettled([one.write("one", before), other.write("two", before)]);
    expect(ended.map(({ status }) => status).toSorted()).toEqual(["fulfilled", "rejected"]);
    expect(["one", "two"][ended.findIndex(({ status }) => status === "fulfilled")]).toBe((await one.state()).text);
  });

  test("at the Parameter Store is told by the version", async () => {
    const name = rig.name();
    const [one, other] = [ssmVault(rig.ssm, name), ssmVault(rig.ssm, name)];
    await one.write("zero", await one.state());
    const before = await one.state();
    const ended = await Promise.allSettled([one.write("one", before), other.write("two", before)]);
    expect(ended.map(({ status }) => status)).toContain("rejected");
  });
});
