import { afterEach, beforeEach, expect, test } from "@jest/globals";
import { jwtVerify, importSPKI } from "jose";
import { appKeys, mockGithub, tokenRequests, type MockGithub } from "./mock-github.ts";
import { sampleAnswer } from "./sample-answer.ts";

const LIST = "/app/hook/deliveries?per_page=100";
const item = (id: number | string, fields: object = {}): string =>
  JSON.stringify({
    id: 1,
    guid: "g-1",
    delivered_at: "2026-11-22T10:00:00Z",
    redelivery: false,
    duration: 0.1,
    status: "OK",
    status_code: 202,
    event: "workflow_job",
    action: "queued",
    installation_id: 5,
    repository_id: 7,
    ...fields,
  }).replace('"id":1,', `"id":${id},`);

let mock: MockGithub;
beforeEach(() => {
  mock = mockGithub();
});
afterEach(() => mock.check());

test("lists deliveries as the App, ids above 2^53 to the last digit", async () => {
  const failed = item(2, { status_code: 500, event: "push", action: null, installation_id: null });
  mock.on("GET", LIST, { text: `[${item("380214672987000001")},${failed}]` });
  const expected = { guid: "g-1", deliveredAtMs: Date.parse("2026-11-22T10:00:00Z") };
  expect(await mock.github.listDeliveries(undefined)).toEqual({
    deliveries: [
      { ...expected, id: "380214672987000001", ok: true, event: "workflow_job", action: "queued", installationId: 5 },
      { ...expected, id: "2", ok: false, event: "push", action: undefined, installationId: undefined },
    ],
    next: undefined,
  });
  const [, jwt = ""] = /^bearer (.+)$/.exec(mock.seen[0]?.headers["authorization"] ?? "") ?? [];
  const { payload } = await jwtVerify(jwt, await importSPKI(appKeys.publicKey, "RS256"));
  expect(payload.iss).toBe(4711);
  expect(tokenRequests(mock)).toHaveLength(0);
});

test("a delivery that nobody answered is not ok", async () => {
  mock.on("GET", LIST, { text: `[${item(3, { status: "timed out", status_code: 0 })}]` });
  expect((await mock.github.listDeliveries(undefined)).deliveries[0]?.ok).toBe(false);
});

test("goes on where the Link header says", async () => {
  const link =
    '<https://api.github.com/app/hook/deliveries?per_page=100&cursor=v1_0>; rel="prev", ' +
    '<https://api.github.com/app/hook/deliveries?per_page=100&cursor=v1_12%2B3>; rel="next"';
  mock.on("GET", LIST, { body: [], headers: { link } });
  expect((await mock.github.listDeliveries(undefined)).next).toBe("v1_12+3");
  mock.on("GET", `${LIST}&cursor=v1_12%2B3`, { body: [] });
  expect((await mock.github.listDeliveries("v1_12+3")).next).toBeUndefined();
});

test("reads the payload of a delivery, harmless to JSON.stringify", async () => {
  const body = sampleAnswer("apps/get-webhook-delivery", 200, {
    id: 1,
    guid: "g-1",
    event: "workflow_job",
    request: { headers: {}, payload: { id: 1, jobs: [{ id: 2 }] } },
  });
  const text = JSON.stringify(body).replace('"payload":{"id":1', '"payload":{"id":380214672987000001');
  mock.on("GET", "/app/hook/deliveries/380214672987000001", { text });
  const delivery = await mock.github.readDelivery("380214672987000001");
  expect(delivery).toMatchObject({ event: "workflow_job", guid: "g-1", payload: { jobs: [{ id: 2 }] } });
  expect(() => JSON.stringify(delivery)).not.toThrow();
});

test("a key that cannot sign is no matter of GitHub, and is not told", async () => {
  const broken = mockGithub({ privateKey: "-----BEGIN PRIVATE KEY-----\nbm9wZQ==\n-----END PRIVATE KEY-----" });
  const error: unknown = await broken.github.listDeliveries(undefined).catch((reason: unknown) => reason);
  expect(error).toMatchObject({ facts: { kind: "unauthorized", operation: "list-deliveries", status: undefined } });
  expect(String(error)).not.toContain("bm9wZQ");
  expect(broken.seen).toHaveLength(0);
});

test.each([
  [401, "unauthorized"],
  [500, "unavailable"],
])("%i of the App's own calls is %s", async (status, kind) => {
  mock.on("GET", LIST, { status, body: { message: "no" } });
  await expect(mock.github.listDeliveries(undefined)).rejects.toMatchObject({ facts: { kind, status } });
});
