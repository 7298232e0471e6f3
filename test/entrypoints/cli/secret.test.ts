import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { createServer } from "node:http";
import type { Server } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { PutSecretValueCommand } from "@aws-sdk/client-secrets-manager";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "@jest/globals";
import { appSecrets } from "../../../src/adapters/secrets/app-secrets.ts";
import { keyFingerprint } from "../../../src/adapters/secrets/private-key.ts";
import { secretsManagerSource } from "../../../src/adapters/secrets/secrets-manager-source.ts";
import { dropFormer } from "../../../src/entrypoints/cli/secret/drop-former.ts";
import { runForOperator } from "../../../src/entrypoints/cli/secret/operator-command.ts";
import type { Outside } from "../../../src/entrypoints/cli/secret/outside.ts";
import { replaceKey } from "../../../src/entrypoints/cli/secret/replace-key.ts";
import { rotateWebhook } from "../../../src/entrypoints/cli/secret/rotate-webhook.ts";
import { show } from "../../../src/entrypoints/cli/secret/show.ts";
import type { Write } from "../../../src/entrypoints/cli/program.ts";
import { answerWebhook } from "../../../src/entrypoints/webhook/answer-webhook.ts";
import { hostKey, otherKey } from "../../adapters/secrets/stored.ts";
import { APP_ID, PRIVATE_KEY, SECRET } from "../../sandbox/github/rig.ts";
import { until } from "../../helpers/until.ts";
import { startOperatorRig } from "./operator-rig.ts";
import type { OperatorRig } from "./operator-rig.ts";

let rig: OperatorRig;
let folder: string;
beforeAll(async () => {
  [rig, folder] = await Promise.all([startOperatorRig(), mkdtemp(join(tmpdir(), "mayfly-secret-"))]);
});
afterAll(async () => {
  await rig.close();
  await rm(folder, { recursive: true });
});
beforeEach(async () => {
  rig.pauses.length = 0;
  rig.onPause = async () => {};
  rig.resetClock();
  await rig.github.call("PATCH", "/app/hook/config", await rig.github.jwt(), { secret: SECRET });
});

const fields = { appId: APP_ID, privateKey: PRIVATE_KEY, webhookSecret: SECRET, hostKey };

/** A stage whose secret holds the App of the stand-in for GitHub. */
async function stage(changes: Readonly<Record<string, unknown>> = {}): Promise<string> {
  const SecretId = await rig.newSecret();
  await put(SecretId, { ...fields, ...changes });
  return SecretId;
}

async function put(SecretId: string, content: unknown): Promise<void> {
  const SecretString = typeof content === "string" ? content : JSON.stringify(content);
  await rig.aws.secrets.send(new PutSecretValueCommand({ SecretId, SecretString }));
}

type Ended = { readonly code: number; readonly out: string; readonly error: string };

type Command<More> = (
  options: { stage: string; secret: string; github: string; api: string } & More,
  outside: Outside,
  write: Write,
) => Promise<void>;

async function run<More extends object>(command: Command<More>, secret: string, more: More): Promise<Ended> {
  const written = rig.write();
  const { url } = rig.github.github;
  const options = { stage: "test", secret, github: url, api: url, ...more };
  const code = await runForOperator(written.write, (visible) => command(options, rig.outside, visible));
  const { out, error } = written;
  for (const value of [SECRET, hostKey, ...PRIVATE_KEY.split("\n").slice(1, 4), ...otherKey.split("\n").slice(1, 4)]) {
    expect(out + error).not.toContain(value);
  }
  return { code, out, error };
}

/** What one function of the deployment does with a delivery: the real door, with what it has read of the secret. */
async function startDoor(secret: string): Promise<{ readonly server: Server; readonly statuses: number[] }> {
  const statuses: number[] = [];
  const quiet = { debug: () => {}, info: () => {}, warn: () => {}, error: () => {} };
  const source = secretsManagerSource(rig.aws.secrets, secret);
  const secrets = appSecrets({ source, clock: rig.outside.clock, log: quiet });
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on("data", (chunk: Buffer) => chunks.push(chunk));
    request.on("end", () => {
      const answer = async (): Promise<void> => {
        const { webhookSecrets } = await secrets.read();
        const door = { secrets: webhookSecrets, deliver: async () => {}, log: quiet };
        const delivery = { headers: request.headersDistinct, rawBody: Buffer.concat(chunks) };
        const { status } = await answerWebhook(delivery, door);
        statuses.push(status);
        response.writeHead(status).end();
      };
      void answer();
    });
  });
  await new Promise<void>((done) => void server.listen(0, "127.0.0.1", done));
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
  await rig.github.call("PATCH", "/app/hook/config", await rig.github.jwt(), { url });
  return { server, statuses };
}

let pushes = 0;

/** GitHub delivers something now; resolves with the status of the answer. */
async function deliver(statuses: readonly number[]): Promise<number | undefined> {
  const before = statuses.length;
  await rig.github.push({ "README.md": String((pushes += 1)) });
  await until(() => statuses.length > before);
  return statuses.at(-1);
}

describe("mayfly secret rotate-webhook, drop-former", () => {
  test("no delivery is refused at any moment, by a function that reads the secret as seldom as it may", async () => {
    const secret = await stage();
    const { server, statuses } = await startDoor(secret);
    expect(await deliver(statuses)).toBe(202);
    rig.onPause = async () => void (await deliver(statuses));
    expect(await run(rotateWebhook, secret, {})).toMatchObject({ code: 0, error: "" });
    await deliver(statuses);
    const during = await rig.read(secret);
    expect(during).toMatchObject({
      formerWebhookSecret: SECRET,
      webhookSecret: expect.stringMatching(/^[0-9a-f]{64}$/),
    });
    const dropped = await run(dropFormer, secret, {});
    expect(dropped).toMatchObject({ code: 0, error: "", out: expect.stringContaining("is gone from") });
    await deliver(statuses);
    await rig.outside.sleep(300_000);
    await deliver(statuses);
    expect(statuses.length).toBeGreaterThanOrEqual(9);
    expect(statuses.filter((status) => status !== 202)).toEqual([]);
    const { formerWebhookSecret, webhookSecret, ...others } = await rig.read(secret);
    expect([formerWebhookSecret, webhookSecret]).toEqual([undefined, during["webhookSecret"]]);
    expect(others).toMatchObject({ appId: APP_ID, privateKey: expect.any(String), hostKey });
    // and the old secret is worth nothing now
    await rig.github.call("PATCH", "/app/hook/config", await rig.github.jwt(), { secret: SECRET });
    expect(await deliver(statuses)).toBe(401);
    server.close();
  });

  test("says the order of the steps", async () => {
    const { out } = await run(rotateWebhook, await stage(), {});
    expect(out).toMatch(
      /^1\/3 .*both are right\.\nWaiting until \d\d:\d\d:\d\d UTC, for every function .*\n2\/3 GitHub signs .*\n3\/3 .*drop-former --stage test\n$/,
    );
    expect(rig.pauses).toEqual([330_000]);
  });

  test("broken off and run again it goes on, and makes no third secret", async () => {
    const secret = await stage();
    rig.onPause = () => Promise.reject(new Error("Ctrl-C"));
    expect(await run(rotateWebhook, secret, {})).toMatchObject({ code: 1, error: "Ctrl-C\n" });
    const broken = await rig.read(secret);
    rig.onPause = async () => {};
    const again = await run(rotateWebhook, secret, {});
    expect([again.code, again.out]).toEqual([0, expect.stringContaining("going on with the change that has begun")]);
    expect(await rig.read(secret)).toEqual(broken);
    // what was written long enough ago, by any clock, is known everywhere
    await rig.outside.sleep(1_200_000);
    rig.pauses.length = 0;
    expect((await run(rotateWebhook, secret, {})).code).toBe(0);
    expect(rig.pauses).toEqual([]);
  });

  test("drop-former after a change that was broken off tells GitHub first", async () => {
    const secret = await stage();
    const { server, statuses } = await startDoor(secret);
    rig.onPause = () => Promise.reject(new Error("Ctrl-C"));
    await run(rotateWebhook, secret, {});
    rig.onPause = async () => void (await deliver(statuses));
    expect((await run(dropFormer, secret, {})).code).toBe(0);
    await rig.outside.sleep(300_000);
    expect(await deliver(statuses)).toBe(202);
    expect(statuses.filter((status) => status !== 202)).toEqual([]);
    server.close();
  });

  test("drop-former without a former one changes nothing", async () => {
    const secret = await stage();
    const before = await rig.read(secret);
    expect(await run(dropFormer, secret, {})).toMatchObject({
      code: 0,
      out: expect.stringContaining("nothing to drop"),
    });
    expect(await rig.read(secret)).toEqual(before);
  });

  test("GitHub that does not answer leaves both in force", async () => {
    const secret = await stage();
    const written = rig.write();
    const gone = createServer();
    await new Promise<void>((done) => void gone.listen(0, "127.0.0.1", done));
    const github = `http://127.0.0.1:${(gone.address() as AddressInfo).port}`;
    gone.close();
    const options = { stage: "test", secret, github, api: github };
    const code = await runForOperator(written.write, (visible) => rotateWebhook(options, rig.outside, visible));
    expect([code, written.error]).toEqual([1, expect.stringContaining("the connection failed")]);
    expect(await rig.read(secret)).toMatchObject({ formerWebhookSecret: SECRET });
  });

  test("a computer whose clock is wrong waits all the same", async () => {
    await rig.outside.sleep(7 * 86_400_000);
    rig.pauses.length = 0;
    expect((await run(rotateWebhook, await stage(), {})).code).toBe(0);
    expect(rig.pauses).toEqual([330_000]);
  });

  test("somebody else's change in between is kept", async () => {
    const secret = await stage({ formerWebhookSecret: "the-one-before" });
    const theirs = { ...fields, webhookSecret: "theirs", formerWebhookSecret: SECRET };
    rig.onPause = async () => {
      rig.onPause = async () => {};
      await put(secret, theirs);
    };
    const { code, error } = await run(dropFormer, secret, {});
    expect([code, error]).toEqual([1, expect.stringContaining("changed by somebody else")]);
    expect(await rig.read(secret)).toEqual(theirs);
  });
});

describe("mayfly secret replace-key", () => {
  async function file(text: string): Promise<string> {
    const path = join(folder, "new.pem");
    await writeFile(path, text);
    return path;
  }

  test("takes a key that GitHub takes, and says which one to delete, and when", async () => {
    const secret = await stage({ privateKey: otherKey });
    const key = await file(PRIVATE_KEY);
    const { code, out } = await run(replaceKey, secret, { key });
    expect(code).toBe(0);
    expect(keyFingerprint(String((await rig.read(secret))["privateKey"]))).toBe(keyFingerprint(PRIVATE_KEY));
    expect(out).toContain(`holds the new key, ${keyFingerprint(PRIVATE_KEY)}.`);
    expect(out).toMatch(/Delete the old one, SHA256:\S+, after \d\d:\d\d:\d\d UTC/);
    expect(out).toContain(keyFingerprint(otherKey));
    expect(out).toContain(`${rig.github.github.url}/settings/apps/mayfly\n`);
    expect(await rig.read(secret)).toMatchObject({ appId: APP_ID, webhookSecret: SECRET, hostKey });
  });

  test.each([
    ["another App's key", otherKey, "GitHub does not take it for the App 4711"],
    ["no key", "hunter2", "is no private key in PEM"],
  ])("%s changes nothing", async (_, text, message) => {
    const secret = await stage();
    const before = await rig.read(secret);
    const { code, error } = await run(replaceKey, secret, { key: await file(text) });
    expect([code, error]).toEqual([1, expect.stringContaining(message)]);
    expect(error).not.toContain("hunter2");
    expect(await rig.read(secret)).toEqual(before);
  });

  test("a file that is not there, and the key that is in use already", async () => {
    const secret = await stage();
    const none = await run(replaceKey, secret, { key: join(folder, "none.pem") });
    expect([none.code, none.error]).toEqual([1, expect.stringMatching(/none\.pem cannot be read: .*ENOENT/)]);
    const same = await run(replaceKey, secret, { key: await file(PRIVATE_KEY) });
    expect([same.code, same.out]).toEqual([0, expect.stringContaining("holds this key already")]);
  });
});

describe("mayfly secret show", () => {
  test("says what is set, since when, and of the key what GitHub shows as well", async () => {
    const secret = await stage();
    await run(rotateWebhook, secret, {});
    await rig.outside.sleep(3 * 3_600_000);
    const { code, out } = await run(show, secret, {});
    expect(code).toBe(0);
    const lines = out.split("\n").map((line) => line.replaceAll(/\d{4}-\d\d-\d\dT[\d:]+Z/g, "TIME"));
    expect(lines).toEqual([
      expect.stringMatching(`^${secret}: version \\S+, since TIME \\(3 h\\)$`),
      "  appId                set",
      `  privateKey           set, ${keyFingerprint(PRIVATE_KEY)}`,
      "  webhookSecret        set, since TIME (3 h)",
      "  formerWebhookSecret  set, since TIME (3 h)",
      "  hostKey              set",
      "",
    ]);
  });

  test.each([
    [
      "what is missing or wrong",
      { ...fields, hostKey: "4715", webhookSecret: undefined, extra: 1 },
      [/hostKey +set: must be 64 hexadecimal digits/, /webhookSecret +not set: is missing/, /left alone: extra\n/],
    ],
    ["that it is no such secret", "hunter2", [/appId +not set/]],
  ])("says %s, with exit code 1", async (_, content, patterns) => {
    // prettier-ignore
    const secret = await rig.newSecret();
    await put(secret, content);
    const { code, out, error } = await run(show, secret, {});
    expect([code, error]).toEqual([1, expect.stringMatching(/cannot be worked with|is no JSON object/)]);
    for (const pattern of patterns) expect(out).toMatch(pattern);
    expect(out + error).not.toMatch(/4715|hunter2/);
  });

  test("of a secret without a value says what to do", async () => {
    const { code, error } = await run(show, await rig.newSecret(), {});
    expect([code, error]).toEqual([1, expect.stringContaining("has no value yet. Run npx mayfly register")]);
  });
});

test.each([
  ["rotate-webhook", rotateWebhook],
  ["drop-former", dropFormer],
  ["replace-key", replaceKey as Command<{ key?: string }>],
])("%s touches nothing when the secret is not whole", async (_, command) => {
  const secret = await rig.newSecret();
  await put(secret, { ...fields, hostKey: "x" });
  const { code, error } = await run(command, secret, { key: join(folder, "none.pem") });
  expect([code, error]).toEqual([1, expect.stringMatching(/cannot be worked with:\n {2}hostKey must be 64/)]);
  expect((await run(command, await rig.newSecret(), {})).error).toContain("Run npx mayfly register");
});

test("the secret is found by the stage's stack", async () => {
  const secret = await stage();
  rig.stack = { SecretName: secret };
  const written = rig.write();
  const code = await runForOperator(written.write, (visible) => show({ stage: "test" }, rig.outside, visible));
  expect([code, written.out]).toEqual([0, expect.stringContaining(`${secret}: version`)]);
});
