import { describe, expect, test } from "@jest/globals";
import { receiveWebhook } from "../../../src/entrypoints/webhook/receive-webhook.ts";
import type { Received, WebhookHeaders } from "../../../src/entrypoints/webhook/receive-webhook.ts";
import { webhookSecrets } from "../../../src/adapters/secrets/webhook-secrets.ts";
import { formerSecret, secret, signatureOf } from "./door.ts";

const secrets = [secret, formerSecret];
const good = Buffer.from('{"action":"queued","installation":{"id":5}}');

function receive(rawBody: Uint8Array, changes: WebhookHeaders = {}, given: readonly string[] = secrets): Received {
  const headers = {
    "content-type": ["application/json"],
    "x-github-event": ["workflow_job"],
    "x-github-delivery": ["guid-1"],
    "x-hub-signature-256": [signatureOf(rawBody)],
    ...changes,
  };
  return receiveWebhook({ headers, rawBody }, { secrets: given });
}

const right = signatureOf(good);
const nested = (depth: number): Buffer =>
  Buffer.from(`{"action":"x","deep":${"[".repeat(depth - 1)}${"]".repeat(depth - 1)}}`);

describe("a delivery that GitHub signed", () => {
  test("is taken, with what it says", () => {
    const payload = { action: "queued", installation: { id: 5 } };
    expect(receive(good)).toEqual({
      status: 202,
      reason: "accepted",
      delivery: { id: "guid-1", event: "workflow_job", payload },
    });
  });

  test("is taken with either of two secrets while one is being changed, and with no third", () => {
    const by = (key: string): number => receive(good, { "x-hub-signature-256": [signatureOf(good, key)] }).status;
    expect([secret, formerSecret, "development", "another"].map(by)).toEqual([202, 202, 401, 401]);
  });

  test.each(["application/json", "application/json; charset=utf-8", 'Application/JSON;charset="UTF-8"'])(
    "is taken as %s",
    (type) => {
      expect(receive(good, { "content-type": [type] }).status).toBe(202);
    },
  );

  test.each([
    ["no action", "{}"],
    ["an action and an installation that are null", '{"action":null,"installation":null}'],
    ["brackets in a text", `{"a":"${"[{".repeat(200)}\\"${"[{".repeat(200)}\\\\"}`],
    ["a key that is every object's", '{"__proto__":{"action":"x"},"constructor":1}'],
    ["half of a surrogate pair", String.raw`{"a":"\ud800"}`],
  ])("is taken with %s", (_, text) => {
    expect(receive(Buffer.from(text)).status).toBe(202);
  });

  test("nests 64 deep at most", () => {
    expect([64, 65, 100_000].map((depth) => receive(nested(depth)).status)).toEqual([202, 400, 400]);
  });

  test("may have a key `__proto__` that changes nobody's prototype", () => {
    receive(Buffer.from('{"__proto__":{"polluted":true},"constructor":{"prototype":{"polluted":true}}}'));
    expect(Object.hasOwn(Object.prototype, "polluted")).toBe(false);
  });
});

describe("401: nothing else is said before the signature is right", () => {
  test.each<[string, readonly string[] | undefined]>([
    ["missing", undefined],
    ["empty", [""]],
    ["another body's", [signatureOf(Buffer.from("{}"))]],
    ["twice", [right, right]],
    ["right and wrong", [right, signatureOf(good, "another")]],
    ["both in one header, as API Gateway joins them", [`${right},${right}`]],
    ["without the name of the digest", [right.slice(7)]],
    ["under the name of another digest", [right.replace("sha256", "sha1")]],
    ["in capitals", [right.toUpperCase().replace("SHA", "sha")]],
    ["too short", [right.slice(0, -1)]],
    ["too long", [`${right}0`]],
    ["with a line break", [`${right}\n`]],
    ["no hex", [`sha256=${"é".repeat(64)}`]],
  ])("signature: %s", (_, values) => {
    expect(receive(good, { "x-hub-signature-256": values })).toEqual({
      status: 401,
      reason: "wrong or missing signature",
    });
  });

  test("wherever one bit of the body or of the signature is another", () => {
    const flipped = (bytes: Uint8Array, bit: number): Buffer => {
      const copy = Buffer.from(bytes);
      copy[bit >> 3] = (copy[bit >> 3] ?? 0) ^ (1 << (bit & 7));
      return copy;
    };
    const statuses = new Set<number>();
    for (let bit = 0; bit < good.length * 8; bit += 1) {
      statuses.add(receive(flipped(good, bit), { "x-hub-signature-256": [right] }).status);
    }
    const digest = Buffer.from(right.slice(7), "hex");
    for (let bit = 0; bit < 256; bit += 1) {
      const signature = `sha256=${flipped(digest, bit).toString("hex")}`;
      statuses.add(receive(good, { "x-hub-signature-256": [signature] }).status);
    }
    expect([...statuses]).toEqual([401]);
  });

  test("whatever else is wrong", () => {
    const wrong = { "x-hub-signature-256": [signatureOf(good, "another")] };
    const others: WebhookHeaders[] = [
      { "content-type": ["text/plain"] },
      { "content-encoding": ["gzip"] },
      { "x-github-event": undefined },
      { "x-github-delivery": ["a", "b"] },
    ];
    expect(others.map((one) => receive(good, { ...one, ...wrong }).status)).toEqual([401, 401, 401, 401]);
    expect(receive(Buffer.from("no JSON"), wrong).status).toBe(401);
    expect(receive(Buffer.from([0xff]), wrong).status).toBe(401);
  });

  test("an empty secret signs nothing, and no secret either", () => {
    const signature = { "x-hub-signature-256": [signatureOf(good, "")] };
    expect([receive(good, signature, [""]).status, receive(good, signature, []).status]).toEqual([401, 401]);
  });
});

describe("400: what is signed and still no webhook", () => {
  test.each<[string, WebhookHeaders]>([
    ["no event", { "x-github-event": undefined }],
    ["two events", { "x-github-event": ["workflow_job", "push"] }],
    ["two events in one header", { "x-github-event": ["workflow_job,push"] }],
    ["an empty event", { "x-github-event": [""] }],
    ["an event that is every object's key", { "x-github-event": ["__proto__"] }],
    ["an event of other characters", { "x-github-event": ["workflow_job\u001B[2J"] }],
    ["no delivery", { "x-github-delivery": undefined }],
    ["two deliveries", { "x-github-delivery": ["a", "b"] }],
    ["a delivery of other characters", { "x-github-delivery": ["a b"] }],
    ["a delivery that is too long", { "x-github-delivery": ["a".repeat(65)] }],
  ])("%s", (_, headers) => {
    expect(receive(good, headers).status).toBe(400);
  });

  test.each<[string, Uint8Array]>([
    ["nothing", Buffer.alloc(0)],
    ["no JSON", Buffer.from("{")],
    ["two values", Buffer.from("{}{}")],
    ["invalid UTF-8", Buffer.from([0x7b, 0x22, 0x61, 0xff, 0x22, 0x3a, 0x31, 0x7d])],
    ["an overlong slash", Buffer.from([0x22, 0xc0, 0xaf, 0x22])],
    ["half of a surrogate pair in UTF-8", Buffer.from([0x22, 0xed, 0xa0, 0x80, 0x22])],
    ["a byte order mark", Buffer.from("\uFEFF{}")],
    ["UTF-16", Buffer.from("{}", "utf16le")],
    ["a text", Buffer.from('"{}"')],
    ["a list", Buffer.from("[{}]")],
    ["null", Buffer.from("null")],
    ["an action that is no text", Buffer.from('{"action":{"toString":1,"valueOf":1}}')],
    ["an installation that is no object", Buffer.from('{"installation":7}')],
    ["an installation without a number", Buffer.from('{"installation":{"id":"x"}}')],
    ["an installation of no exact number", Buffer.from('{"installation":{"id":1e300}}')],
    ["a million open brackets", Buffer.from("[".repeat(1_000_000))],
    ["a form", Buffer.from("payload=%7B%7D")],
  ])("%s", (_, body) => {
    expect(receive(body).status).toBe(400);
  });
});

describe("415: what GitHub does not send", () => {
  test.each<[string, WebhookHeaders]>([
    ["no content type", { "content-type": undefined }],
    ["two", { "content-type": ["application/json", "application/json"] }],
    ["two in one header", { "content-type": ["application/json, application/json"] }],
    ["a form, which GitHub can send", { "content-type": ["application/x-www-form-urlencoded"] }],
    ["another character set", { "content-type": ["application/json; charset=utf-16"] }],
    ["something that begins like it", { "content-type": ["application/jsonp"] }],
    ["compressed", { "content-encoding": ["gzip"] }],
    ["any other encoding", { "content-encoding": ["identity"] }],
  ])("%s", (_, headers) => {
    expect(receive(good, headers).status).toBe(415);
  });
});

test("no answer repeats anything of the request", () => {
  const marked = Buffer.from('{"mark-4711":"mark-4711');
  const headers: WebhookHeaders[] = [
    {},
    { "content-type": ["mark-4711"] },
    { "x-github-event": ["mark-4711"] },
    { "x-github-delivery": ["mark 4711"] },
    { "x-hub-signature-256": ["mark-4711"] },
  ];
  const refusals = headers.map((one) => receive(marked, one));
  expect(refusals.map(({ status }) => status)).toEqual([400, 415, 400, 400, 401]);
  expect(JSON.stringify(refusals)).not.toMatch(/mark|4711|[0-9a-f]{32}/);
});

describe("secrets", () => {
  test("one, or two while it is being changed", () => {
    expect([webhookSecrets("a"), webhookSecrets("a", "b")]).toEqual([["a"], ["a", "b"]]);
  });

  test.each<[string, string, string | undefined, string]>([
    ["an empty one", "", undefined, "the webhook secret is empty"],
    ["blanks", " ", undefined, "the webhook secret is empty"],
    ["an empty former one", "a", "", "the former webhook secret is empty"],
    ["the one that everybody knows", "development", undefined, "everybody knows it"],
  ])("refuses %s", (_, current, former, message) => {
    expect(() => webhookSecrets(current, former)).toThrow(message);
  });
});
