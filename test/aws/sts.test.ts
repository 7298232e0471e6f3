import { AssumeRoleCommand, GetCallerIdentityCommand, STSClient } from "@aws-sdk/client-sts";
import { afterAll, expect, test } from "@jest/globals";
import { stsRoles } from "../../src/adapters/roles/sts-roles.ts";
import type { Credentials, RoleRequest } from "../../src/core/ports.ts";
import { account, newName, reach } from "./moto.ts";
import { notKept } from "./not-kept.ts";

const clients: STSClient[] = [];
afterAll(() => {
  for (const one of clients) one.destroy();
});

function newClient(credentials: object = {}): STSClient {
  const client = new STSClient({ ...reach(), ...credentials });
  clients.push(client);
  return client;
}

const client = newClient();

const assume = async (changes: Partial<RoleRequest> = {}): Promise<Credentials> =>
  await stsRoles({ client }).assume({
    roleArn: `arn:aws:iam::${account}:role/deploy`,
    sessionName: "mayfly-17-1",
    tags: { repository: "octo-org/app", branch: "release!1", run: "42" },
    seconds: 900,
    ...changes,
  });

const whoHas = async (credentials: Credentials): Promise<string | undefined> =>
  (await newClient({ credentials }).send(new GetCallerIdentityCommand())).Arn;

test("credentials with session tags are those of the role's session, under the runner's name, for so long", async () => {
  const beforeMs = Date.now();
  const credentials = await assume();
  expect(credentials).toEqual({
    accessKeyId: expect.stringMatching(/^ASIA/),
    secretAccessKey: expect.stringMatching(/^\S{40}$/),
    sessionToken: expect.stringMatching(/^\S{300,}$/),
    expiresAtMs: expect.any(Number),
  });
  expect(Math.abs(credentials.expiresAtMs - beforeMs - 900_000)).toBeLessThan(60_000);
  expect(await whoHas(credentials)).toBe(`arn:aws:sts::${account}:assumed-role/deploy/mayfly-17-1`);
});

test("each call has credentials of its own, also of another account's role", async () => {
  const roleArn = "arn:aws:iam::210987654321:role/read";
  const [one, other, away] = [await assume(), await assume(), await assume({ roleArn })];
  expect(new Set([one, other, away].map(({ accessKeyId }) => accessKeyId)).size).toBe(3);
  expect(away.expiresAtMs).toBeGreaterThan(Date.now());
});

test("a session's name is cut to what STS takes", async () => {
  const long = `${"octo/app #".repeat(10)}1`;
  expect(await whoHas(await assume({ sessionName: long }))).toMatch(/\/(octo-app--){6}octo$/);
  const command = new AssumeRoleCommand({ RoleArn: `arn:aws:iam::${account}:role/deploy`, RoleSessionName: long });
  await expect(client.send(command)).rejects.toThrow(/length less than or\s+equal to 64/);
});

notKept("whether a role is there, whom it trusts, and for how long it may be had", expect.any(Number), async () => {
  const roleArn = `arn:aws:iam::${account}:role/${newName("none")}`;
  return (await assume({ roleArn, seconds: 3601 })).expiresAtMs;
});

notKept("session tags, and what they may hold", expect.stringMatching(/:assumed-role\//), async () => {
  const role = { RoleArn: `arn:aws:iam::${account}:role/deploy`, RoleSessionName: "mayfly-17-1" };
  const reply = await client.send(new AssumeRoleCommand({ ...role, Tags: [{ Key: "a?", Value: "\u{1F600}\n" }] }));
  return reply.AssumedRoleUser?.Arn;
});
