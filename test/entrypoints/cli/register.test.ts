import { createPrivateKey } from "node:crypto";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { request } from "node:http";
import { createConnection } from "node:net";
import type { Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "@jest/globals";
import { parse } from "yaml";
import { readStoredSecrets } from "../../../src/adapters/secrets/stored-secrets.ts";
import { register } from "../../../src/entrypoints/cli/register.ts";
import type { RegisterOptions } from "../../../src/entrypoints/cli/register.ts";
import { runForOperator } from "../../../src/entrypoints/cli/secret/operator-command.ts";
import { textOf } from "../../repo/repository.ts";
import { APP_ID, PRIVATE_KEY, startRig as startGithub } from "../../sandbox/github/rig.ts";
import { otherKey } from "../../adapters/secrets/stored.ts";
import { startOperatorRig } from "./operator-rig.ts";
import type { OperatorRig } from "./operator-rig.ts";

const webhookUrl = "https://abc.execute-api.eu-central-1.amazonaws.com/api/github/webhooks";
const manifest = parse(textOf("app.yml")) as {
  readonly default_permissions: Record<string, string>;
  readonly default_events: readonly string[];
};

let rig: OperatorRig;
let folder: string;
let keyFile: string;
let names = 0;

beforeAll(async () => {
  [rig, folder] = await Promise.all([startOperatorRig(), mkdtemp(join(tmpdir(), "mayfly-register-"))]);
  keyFile = join(folder, "key.pem");
  await writeFile(keyFile, PRIVATE_KEY);
});
afterAll(async () => {
  const violations = rig.github.github.violations();
  await rig.close();
  await rm(folder, { recursive: true });
  expect(violations).toEqual([]);
});
beforeEach(() => void (rig.pauses.length = 0));

type Ended = { readonly code: number; readonly out: string; readonly error: string };

type Form = { readonly html: string; readonly action: string; readonly manifest: Record<string, unknown> };

type Person = (page: string) => Promise<unknown>;

/** Runs the command; `person` gets the address that it prints. */
async function run(options: Partial<RegisterOptions>, person: Person = agree): Promise<Ended & { secret: string }> {
  const secret = options.secret ?? (await rig.newSecret());
  const written = rig.write();
  const { write } = written;
  const said = Promise.withResolvers<string>();
  const out = (text: string): void => {
    write.out(text);
    const [page] = /http:\/\/127\.0\.0\.1:\d+\/[0-9a-f]+/.exec(text) ?? [];
    if (page !== undefined) said.resolve(page);
  };
  const given: RegisterOptions = {
    stage: "test",
    github: rig.github.github.url,
    api: rig.github.github.url,
    name: `mayfly-cli-${(names += 1)}`,
    port: 0,
    webhookUrl,
    secret,
    ...options,
  };
  const ended = runForOperator({ ...write, out }, (visible) => register(given, rig.outside, visible));
  const acted = said.promise.then(person).catch((error: unknown) => {
    rig.giveUp();
    throw error;
  });
  const code = await ended;
  said.resolve("");
  await acted;
  return { code, out: written.out, error: written.error, secret };
}

async function openForm(page: string): Promise<Form> {
  const html = await (await fetch(page)).text();
  const plain = (text = ""): string =>
    text.replaceAll(/&#(\d+);/g, (_, code: string) => String.fromCharCode(Number(code)));
  const action = plain(/action="([^"]+)"/.exec(html)?.[1]);
  const content = plain(/name="manifest" value="([^"]+)"/.exec(html)?.[1]);
  return { html, action, manifest: JSON.parse(content) as Record<string, unknown> };
}

/** Posts the form as a browser does; where GitHub leads back to. */
async function post({ action, manifest: content }: Form): Promise<string> {
  const body = new URLSearchParams({ manifest: JSON.stringify(content) });
  const response = await fetch(action, { method: "POST", body, redirect: "manual" });
  const to = response.headers.get("location");
  if (to === null) throw new Error(`${response.status} ${await response.text()}`);
  return to;
}

async function agree(page: string): Promise<void> {
  if (page !== "") await fetch(await post(await openForm(page)));
}

/** Nothing that must stay secret is in what the command has written. */
function expectNoSecrets({ out, error }: Ended, secrets: Readonly<Record<string, unknown>>): void {
  const said = out + error;
  for (const field of ["privateKey", "webhookSecret", "formerWebhookSecret", "hostKey"]) {
    const value = secrets[field];
    if (typeof value === "string") for (const line of value.split("\n").slice(0, -1).concat(value)) expect(said).not.toContain(line); // prettier-ignore
  }
  expect(said).not.toMatch(/BEGIN [A-Z ]*PRIVATE KEY/);
}

describe("mayfly register", () => {
  test("makes the App of app.yml for the stage, stores what belongs to it, tries it, and says what is next", async () => {
    const seen: Form[] = [];
    const ended = await run({ organization: "acme", name: undefined }, async (page) => {
      const form = await openForm(page);
      seen.push(form);
      await fetch(await post(form));
    });
    expect({ code: ended.code, error: ended.error }).toEqual({ code: 0, error: "" });
    expect(new URL(seen[0]?.action ?? "").pathname).toBe("/organizations/acme/settings/apps/new");
    expect(seen[0]?.manifest).toEqual({
      ...manifest,
      name: "mayfly-acme-test",
      url: `${rig.github.github.url}/acme`,
      hook_attributes: { url: webhookUrl, active: true },
      redirect_url: expect.stringMatching(/^http:\/\/127\.0\.0\.1:\d+\/callback$/),
    });
    const secrets = await rig.read(ended.secret);
    const { stored } = readStoredSecrets(JSON.stringify(secrets));
    expect(stored).toMatchObject({
      appId: expect.any(Number),
      webhookSecret: expect.stringMatching(/^[0-9a-f]{40}$/),
      hostKey: expect.stringMatching(/^[0-9a-f]{64}$/),
      formerWebhookSecret: undefined,
    });
    const jwt = await rig.github.jwt({ iss: stored?.appId, key: stored?.privateKey ?? "" });
    const app = await rig.github.call("GET", "/app", jwt);
    expect([app.status, app.json]).toMatchObject([
      200,
      { name: "mayfly-acme-test", permissions: manifest.default_permissions, events: manifest.default_events },
    ]);
    expect(ended.out).toContain(
      "Install it where it is to serve: https://github.com/apps/mayfly-acme-test/installations/new",
    );
    expect(ended.out).toContain("installations: [NUMBER]");
    expectNoSecrets(ended, secrets);
  });

  test("finds secret and address in the outputs of the stage's stack", async () => {
    const secret = await rig.newSecret();
    rig.stack = { WebhookUrl: webhookUrl, SecretName: secret };
    const written = rig.write();
    const said = Promise.withResolvers<string>();
    const out = (text: string): void => {
      const [page] = /http:\/\/127\.0\.0\.1:\d+\/[0-9a-f]+/.exec(text) ?? [];
      if (page !== undefined) said.resolve(page);
    };
    const { url } = rig.github.github;
    const options = { stage: "test", github: url, api: url, port: 0, name: "mayfly-of-stack" };
    const ended = runForOperator({ ...written.write, out }, (visible) => register(options, rig.outside, visible));
    await agree(await said.promise).finally(() => rig.giveUp());
    expect([await ended, written.error]).toEqual([0, ""]);
    expect(await rig.read(secret)).toMatchObject({ appId: expect.any(Number) });
  });

  test.each([
    [
      "no stack",
      undefined,
      /stack mayfly-test cannot be read: there is no such stack .*Deploy it first.*--secret and --webhook-url/,
    ],
    [
      "a stack without outputs",
      {},
      /stack mayfly-test has no output WebhookUrl: deploy it again, or give --webhook-url/,
    ],
    ["an address that is none", { WebhookUrl: "soon", SecretName: "s" }, /soon is no address/],
  ])("%s: stops before anybody is asked", async (_, stack, message) => {
    rig.stack = stack;
    const written = rig.write();
    const options = { stage: "test", github: rig.github.github.url, port: 0 };
    const code = await runForOperator(written.write, (visible) => register(options, rig.outside, visible));
    expect([code, written.out, written.error]).toEqual([1, "", expect.stringMatching(message)]);
  });

  test("GitHub delivers to the deployment, whatever became of the form", async () => {
    const { code, secret } = await run({}, async (page) => {
      const form = await openForm(page);
      const hook = { url: "https://elsewhere.example.com/", active: true };
      await fetch(await post({ ...form, manifest: { ...form.manifest, hook_attributes: hook } }));
    });
    const { appId, privateKey } = await rig.read(secret);
    const jwt = await rig.github.jwt({ iss: appId, key: String(privateKey) });
    const { json } = await rig.github.call("GET", "/app/hook/config", jwt);
    expect([code, json]).toEqual([0, expect.objectContaining({ url: webhookUrl })]);
  });

  test("--organization-runners asks for the organisation's permission in place of the repositories'", async () => {
    let asked: unknown;
    await run({ organizationRunners: true, organization: "acme" }, async (page) => {
      const form = await openForm(page);
      asked = form.manifest["default_permissions"];
      await fetch(await post(form));
    });
    const { administration, ...others } = manifest.default_permissions;
    expect(asked).toEqual({ ...others, organization_self_hosted_runners: administration });
  });

  test("stores a secret in the Parameter Store too", async () => {
    const name = rig.aws.name();
    const { code, error } = await run({ secret: `ssm:${name}` });
    expect([code, error]).toEqual([0, ""]);
    expect(rig.aws.aws.calls()["ssm.PutParameter"]).toBe(1);
  });
});

describe("the page on 127.0.0.1", () => {
  test("lets no script and no other address in, and shows a text as it is", async () => {
    await run({ name: `"><script>x</script>` }, async (page) => {
      const response = await fetch(page);
      const html = await response.text();
      expect(html).not.toContain("<script>");
      expect(html.match(/<form/g)).toHaveLength(1);
      expect(response.headers.get("content-security-policy")).toBe(
        `default-src 'none'; base-uri 'none'; frame-ancestors 'none'; form-action ${rig.github.github.url}`,
      );
      expect(response.headers.get("cache-control")).toBe("no-store");
      await agree(page);
    });
  });

  test("takes no answer that does not belong to it, and goes on waiting", async () => {
    const statuses: number[] = [];
    const { code, out } = await run({}, async (page) => {
      const { origin } = new URL(page);
      const right = new URL(await post(await openForm(page)));
      const get = async (address: string, init: RequestInit = {}): Promise<void> => {
        const response = await fetch(address, init);
        await response.text();
        statuses.push(response.status);
      };
      await get(`${origin}/`);
      await get(`${origin}/${"0".repeat(40)}`);
      await get(`${origin}/callback`);
      await get(`${origin}/callback?code=foreign`);
      await get(`${origin}/callback?code=foreign&state=${"0".repeat(40)}`);
      await get(`${origin}/callback?code=..%2F..&state=${right.searchParams.get("state")}`);
      await get(right.href, { method: "POST" });
      statuses.push(await statusUnder("evil.example", right));
      await get(right.href);
    });
    expect(statuses).toEqual([404, 404, 400, 400, 400, 400, 400, 400, 200]);
    expect([code, out]).toEqual([0, expect.stringContaining("GitHub takes its key")]);
  });

  test("does not hold up the command when a browser holds its connection open", async () => {
    let held: Socket | undefined;
    const { code } = await run({}, async (page) => {
      held = createConnection(Number(new URL(page).port), "127.0.0.1");
      held.on("error", () => {});
      held.write("GET / HTTP/1.1\r\nhost: ");
      await agree(page);
    });
    expect(code).toBe(0);
    held?.destroy();
  });

  test("that nobody comes back to is given up after an hour, without a change", async () => {
    const secret = await rig.newSecret();
    const impatient = { ...rig.outside, sleep: async () => {} };
    const written = rig.write();
    const options = { stage: "test", github: rig.github.github.url, port: 0, secret, webhookUrl };
    const code = await runForOperator(written.write, (visible) => register(options, impatient, visible));
    expect([code, written.error]).toEqual([1, "nobody came back from GitHub within an hour: start again.\n"]);
    const page = /http:\/\/127\S+/.exec(written.out)?.[0] ?? "";
    await expect(fetch(page)).rejects.toThrow();
  });

  test("on a port that is taken says so", async () => {
    const ended = await run({}, async (page) => {
      const port = Number(new URL(page).port);
      const second = await run({ port });
      expect([second.code, second.error]).toEqual([1, expect.stringContaining("EADDRINUSE")]);
      await agree(page);
    });
    expect(ended.code).toBe(0);
  });
});

/** What a page of another name gets that leads here. */
async function statusUnder(host: string, { port, pathname, search }: URL): Promise<number> {
  return await new Promise((done, failed) => {
    request({ host: "127.0.0.1", port, path: pathname + search, headers: { host } }, (response) => {
      response.resume();
      done(response.statusCode ?? 0);
    })
      .on("error", failed)
      .end();
  });
}

describe("an App that is there already", () => {
  test("is not overwritten; it is named, with the numbers for policy.yml", async () => {
    const { secret } = await run({ appId: APP_ID, key: keyFile, webhookUrl: await hookUrl() });
    const before = await rig.read(secret);
    const { code, out, error } = await run({ secret });
    expect([code, out]).toEqual([1, ""]);
    expect(error).toBe(
      `${secret} holds the App mayfly (4711) already. Its installations, for policy.yml: octo: ${rig.github.installationId}. ` +
        "With --replace another App takes its place.\n",
    );
    expect(await rig.read(secret)).toEqual(before);
  });

  test("gives its place with --replace: the host key stays, for machines are on their way", async () => {
    const { secret } = await run({ appId: APP_ID, key: keyFile, webhookUrl: await hookUrl() });
    const before = await rig.read(secret);
    const ended = await run({ secret, replace: true });
    const after = await rig.read(secret);
    expect(ended.code).toBe(0);
    expect(after["hostKey"]).toBe(before["hostKey"]);
    for (const field of ["appId", "privateKey", "webhookSecret"]) expect(after[field]).not.toBe(before[field]);
    expect(ended.out).toContain("within 5 minutes");
    expectNoSecrets(ended, after);
  });

  test("of another owner than the one who was named is not stored", async () => {
    const { code, error, secret } = await run({ organization: "acme" }, async (page) => {
      const form = await openForm(page);
      await fetch(await post({ ...form, action: form.action.replace("/organizations/acme", "") }));
    });
    expect([code, error]).toEqual([
      1,
      expect.stringContaining("belongs to octo-person and not to acme: nothing was stored"),
    ]);
    await expect(rig.read(secret)).rejects.toThrow("staging label: AWSCURRENT");
  });
});

async function hookUrl(): Promise<string> {
  const { text } = await rig.github.call("GET", "/app/hook/config", await rig.github.jwt());
  return (JSON.parse(text) as { readonly url: string }).url;
}

describe("an App with a key from GitHub's page (--app-id, --key)", () => {
  test("is stored with a new webhook secret, which GitHub signs with from then on", async () => {
    const { secret, code, ...ended } = await run({ appId: APP_ID, key: keyFile, webhookUrl: await hookUrl() });
    const secrets = await rig.read(secret);
    expect([code, ended.error]).toEqual([0, ""]);
    expect(secrets).toMatchObject({ appId: APP_ID, webhookSecret: expect.stringMatching(/^[0-9a-f]{64}$/) });
    expectNoSecrets({ code, ...ended }, secrets);
    const before = rig.github.received.length;
    await rig.github.push({ "README.md": "x" });
    while (rig.github.received.length === before) await new Promise((done) => setTimeout(done, 5));
    // the stand-in's receiver knows the secret that it began with
    expect(rig.github.received.at(-1)?.signed).toBe(false);
  });

  test.each([
    ["a key of another App", otherKey, APP_ID, "GitHub does not take it for the App 4711"],
    ["a number that GitHub does not know", PRIVATE_KEY, 99, "GitHub knows no App 99"],
    ["a file that is no key", "hunter2", APP_ID, "is no private key in PEM"],
  ])("%s is refused before anything is stored", async (_, key, appId, message) => {
    const file = join(folder, "other.pem");
    await writeFile(file, key);
    const { code, error, secret } = await run({ appId, key: file });
    expect([code, error]).toEqual([1, expect.stringContaining(message)]);
    expect(error).not.toContain("hunter2");
    await expect(rig.read(secret)).rejects.toThrow("staging label: AWSCURRENT");
  });
});

describe("what breaks on the way", () => {
  test("a secret that is not deployed stops it before anybody is asked", async () => {
    const { code, out, error } = await run({ secret: "none" });
    expect([code, out, error]).toEqual([1, "", expect.stringContaining("there is no secret none")]);
  });

  test.each([
    ["InternalServiceError", 2, [2000, 4000]],
    ["ThrottlingException", 2, [2000, 4000]],
    // the first try has written
    ["lost-reply", 1, [2000]],
  ])("%s at the write: it is tried again until it is written once", async (fault, times, pauses) => {
    const secret = await rig.newSecret();
    const { code } = await run({ secret }, async (page) => {
      for (let time = 0; time < times; time += 1) rig.aws.breakNext("secretsmanager", "PutSecretValue", fault);
      await agree(page);
    });
    expect([code, rig.pauses]).toEqual([0, pauses]);
    expect(readStoredSecrets(JSON.stringify(await rig.read(secret))).problems).toEqual([]);
  });

  test("a write that is refused: the App is there, and the way to its keys is said", async () => {
    const { code, error, secret } = await run({ organization: "acme" }, async (page) => {
      rig.aws.breakNext("secretsmanager", "PutSecretValue", "AccessDeniedException");
      await agree(page);
    });
    const app = `mayfly-cli-${names}`;
    expect(code).toBe(1);
    expect(error).toContain(`the App ${app} is there, but its secrets could not be stored: `);
    expect(error).toContain("AccessDeniedException");
    expect(error).toMatch(
      new RegExp(
        `/organizations/acme/settings/apps/${app} and run.*\n  npx mayfly register --stage test --app-id \\d+ --key FILE\n$`,
      ),
    );
    await expect(rig.read(secret)).rejects.toThrow("staging label: AWSCURRENT");
  });

  test("somebody else who registers at the same time is not overwritten", async () => {
    const secret = await rig.newSecret();
    const first = await run({ secret }, async (page) => {
      const second = await run({ secret });
      expect(second.code).toBe(0);
      await agree(page);
    });
    expect([first.code, first.error]).toEqual([
      1,
      expect.stringContaining("changed by somebody else at the same time"),
    ]);
  });

  test("what comes back from the secret is what is tried at GitHub, and its address is mended", async () => {
    const moved = "https://moved.example.com/api/github/webhooks";
    const { code } = await run({ appId: APP_ID, key: keyFile, webhookUrl: moved });
    expect([code, await hookUrl()]).toEqual([0, moved]);
  });

  test("the key of a file is stored in the one form that everybody reads", async () => {
    const { secret } = await run({ appId: APP_ID, key: keyFile, webhookUrl: await hookUrl() });
    const { privateKey } = await rig.read(secret);
    expect(privateKey).toBe(createPrivateKey(PRIVATE_KEY).export({ type: "pkcs8", format: "pem" }));
  });
});

describe("GitHub's answer with the keys", () => {
  /** The same GitHub, with faults at the request for the keys. */
  async function broken(faults: string[], person: Person = agree): Promise<Ended> {
    const other = await startGithub({ faults });
    const { url } = other.github;
    const ended = await run({ github: url, api: url }, person);
    await other.close();
    return ended;
  }

  test("is asked for again while GitHub cannot give it", async () => {
    const { code, out } = await broken(["github.create-from-manifest:503:2"]);
    expect([code, out]).toEqual([0, expect.stringContaining("GitHub takes its key")]);
  });

  test("that was lost on its way is lost: the operator hears how to go on", async () => {
    const { code, error } = await broken(["github.create-from-manifest:lost-reply:1"]);
    expect([code, error]).toEqual([
      1,
      expect.stringMatching(/answer with the keys was lost.*delete it.*--app-id and --key/),
    ]);
  });

  test("to a code that is too old is an error with its reason", async () => {
    const { code, error } = await broken(["github.create-from-manifest:404:1"]);
    expect([code, error]).toEqual([1, "GitHub knows the code no more: start again.\n"]);
  });
});
