import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";

import { startRig, type Rig } from "./rig.ts";

const HOUR_MS = 3_600_000;
let rig: Rig;
let names = 0;

beforeAll(async () => {
  rig = await startRig();
  rig.github.addOrganization({ login: "acme" });
});
afterAll(async () => {
  const violations = rig.github.violations();
  await rig.close();
  expect(violations).toEqual([]);
});

function manifest(changes: object = {}): Record<string, unknown> {
  return {
    name: `mayfly-${(names += 1)}`,
    url: "https://example.com/acme",
    hook_attributes: { url: "https://hooks.example.com/api/github/webhooks", active: true },
    redirect_url: "http://127.0.0.1:4711/callback",
    public: false,
    default_permissions: { actions: "write", metadata: "read" },
    default_events: ["workflow_job"],
    ...changes,
  };
}

/** What a browser does with the form; the page that it is led to, or what it is shown. */
async function agree(content: unknown, path = "/settings/apps/new?state=s1") {
  const body = new URLSearchParams({ manifest: typeof content === "string" ? content : JSON.stringify(content) });
  const response = await fetch(rig.github.url + path, { method: "POST", body, redirect: "manual" });
  const location = response.headers.get("location");
  return {
    status: response.status,
    to: location === null ? undefined : new URL(location),
    text: await response.text(),
  };
}

async function convert(code: string) {
  const response = await fetch(`${rig.github.url}/app-manifests/${code}/conversions`, { method: "POST" });
  return { status: response.status, json: (await response.json()) as Record<string, unknown> };
}

async function codeOf(content: unknown, path?: string): Promise<string> {
  return (await agree(content, path)).to?.searchParams.get("code") ?? "";
}

describe("a manifest", () => {
  test("leads back with the state and a code, and the code to an App with keys of its own", async () => {
    const content = manifest({ name: "Mayfly of Acme" });
    const { status, to } = await agree(content, "/organizations/acme/settings/apps/new?state=s1%26s2");
    expect([status, to?.origin, to?.pathname, to?.searchParams.get("state")]).toEqual([
      302,
      "http://127.0.0.1:4711",
      "/callback",
      "s1&s2",
    ]);
    const { status: made, json } = await convert(to?.searchParams.get("code") ?? "");
    expect([made, json]).toEqual([
      201,
      expect.objectContaining({
        name: "Mayfly of Acme",
        slug: "mayfly-of-acme",
        external_url: "https://example.com/acme",
        permissions: { actions: "write", metadata: "read" },
        events: ["workflow_job"],
        owner: expect.objectContaining({ login: "acme", type: "Organization" }),
        pem: expect.stringMatching(/^-----BEGIN RSA PRIVATE KEY-----\n/),
        webhook_secret: expect.stringMatching(/^[0-9a-f]{40}$/),
        client_secret: expect.any(String),
      }),
    ]);
    const asItself = await rig.call("GET", "/app", await rig.jwt({ iss: json["id"], key: String(json["pem"]) }));
    expect([asItself.status, asItself.json?.["slug"]]).toEqual([200, "mayfly-of-acme"]);
    const withOtherKey = await rig.call("GET", "/app", await rig.jwt({ iss: json["id"] }));
    expect(withOtherKey.status).toBe(401);
    expect((await rig.call("GET", "/app", await rig.jwt())).json?.["slug"]).toBe("mayfly");
  });

  test("for an organisation that is not there leads nowhere", async () => {
    expect(await agree(manifest(), "/organizations/none/settings/apps/new")).toMatchObject({ status: 404 });
  });

  test("of a person without an organisation is that person's", async () => {
    const { json } = await convert(await codeOf(manifest()));
    expect(json["owner"]).toMatchObject({ login: "octo-person" });
  });

  test("a code is good once, and for an hour", async () => {
    const code = await codeOf(manifest());
    expect([(await convert(code)).status, (await convert(code)).status, (await convert("none")).status]).toEqual([
      201, 404, 404,
    ]);
    const [late, early] = [await codeOf(manifest()), await codeOf(manifest())];
    rig.clock.aheadMs += HOUR_MS - 1000;
    expect((await convert(early)).status).toBe(201);
    rig.clock.aheadMs += 1000;
    expect((await convert(late)).status).toBe(404);
  });

  test.each([
    ["no JSON", "{", "no JSON"],
    ["no name", manifest({ name: "" }), "Name can't be blank"],
    ["a long name", manifest({ name: "m".repeat(35) }), "Name is too long"],
    ["a taken name", manifest({ name: "Mayfly" }), "already taken"],
    ["no homepage", manifest({ url: undefined }), "url is invalid"],
    ["no hook", manifest({ hook_attributes: {} }), "hook_attributes.url is invalid"],
    ["nowhere to go", manifest({ redirect_url: "callback" }), "redirect_url is invalid"],
  ])("with %s is shown again", async (_, content, words) => {
    const { status, to, text } = await agree(content);
    expect([status, to, text]).toEqual([422, undefined, expect.stringContaining(words)]);
  });
});

test("an App lists its installations: who has it, and by which number", async () => {
  const { status, json } = await rig.call("GET", "/app/installations?per_page=100", await rig.jwt());
  expect([status, json]).toEqual([
    200,
    [expect.objectContaining({ id: rig.installationId, account: expect.objectContaining({ login: "octo" }) })],
  ]);
  const { json: made } = await convert(await codeOf(manifest()));
  const asNew = await rig.jwt({ iss: made["id"], key: String(made["pem"]) });
  expect((await rig.call("GET", "/app/installations", asNew)).text).toBe("[]");
});

describe("the App's webhook", () => {
  test("has an address, and a secret that is not told", async () => {
    const { status, json } = await rig.call("GET", "/app/hook/config", await rig.jwt());
    expect([status, json]).toEqual([
      200,
      { content_type: "json", insecure_ssl: "0", url: expect.stringContaining("127.0.0.1"), secret: "********" },
    ]);
  });

  test("is signed with the new secret after a change, and not with the old one", async () => {
    const pushAndSee = async (): Promise<boolean | undefined> => {
      const before = rig.received.length;
      await rig.push({ "README.md": String(Math.random()) });
      while (rig.received.length === before) await new Promise((done) => setTimeout(done, 5));
      return rig.received.at(-1)?.signed;
    };
    expect(await pushAndSee()).toBe(true);
    const answer = await rig.call("PATCH", "/app/hook/config", await rig.jwt(), { secret: "another secret" });
    expect([answer.status, answer.text]).toEqual([200, expect.not.stringContaining("another")]);
    expect(await pushAndSee()).toBe(false);
    await rig.call("PATCH", "/app/hook/config", await rig.jwt(), { secret: "a webhook secret" });
    expect(await pushAndSee()).toBe(true);
  });

  test("a request that GitHub's description does not know is refused, and noticed", async () => {
    const other = await startRig();
    const answer = await other.call("PATCH", "/app/hook/config", await other.jwt(), { secrte: "x" });
    expect([answer.status, other.github.violations().length]).toEqual([422, 1]);
    await other.close();
  });
});
