import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { appIdentity, readAppFacts } from "../../../src/adapters/github/app-identity.ts";
import type { AppIdentity } from "../../../src/adapters/github/app-identity.ts";
import { newApp } from "../../../src/adapters/github/app-manifest.ts";
import { CallError } from "../../../src/core/errors/call-error.ts";
import type { CallErrorFacts } from "../../../src/core/errors/call-error.ts";
import { APP_ID, PRIVATE_KEY, startRig } from "../../sandbox/github/rig.ts";
import type { Rig } from "../../sandbox/github/rig.ts";
import { otherKey } from "../secrets/stored.ts";

const logged: unknown[] = [];
const note = (...line: unknown[]): void => void logged.push(line);
const log = { debug: note, info: note, warn: note, error: note };
const clock = { nowMs: () => Date.now() };

let rig: Rig;
let app: AppIdentity;
beforeAll(async () => {
  rig = await startRig();
  app = identity();
});
afterAll(async () => {
  const violations = rig.github.violations();
  await rig.close();
  expect(violations).toEqual([]);
});

function identity(more: { appId?: number; privateKey?: string } = {}): AppIdentity {
  return appIdentity({ appId: APP_ID, privateKey: PRIVATE_KEY, baseUrl: rig.github.url, log, clock, ...more });
}

async function failure(call: Promise<unknown>): Promise<CallErrorFacts> {
  const error: unknown = await call.catch((caught: unknown) => caught);
  expect(error).toBeInstanceOf(CallError);
  return (error as CallError).facts;
}

describe("an App that speaks for itself", () => {
  test("says what it is, and who has installed it", async () => {
    expect(await app.facts()).toEqual({
      id: APP_ID,
      slug: "mayfly",
      name: "mayfly",
      owner: "mayfly-owner",
      isOrganizations: false,
      url: "https://github.com/apps/mayfly",
    });
    expect(await app.installations()).toEqual([{ id: rig.installationId, account: "octo" }]);
  });

  test("with a key that is not its own is unauthorized, with a number of nobody not-found", async () => {
    expect(await failure(identity({ privateKey: otherKey }).facts())).toMatchObject({ kind: "unauthorized" });
    expect(await failure(identity({ appId: 99 }).facts())).toMatchObject({ service: "github", kind: "not-found" });
  });

  test("sets its secret and, where that is said, its address; neither is logged", async () => {
    const before = await app.webhookUrl();
    await app.setWebhook({ secret: "a-new-webhook-secret" });
    expect(await app.webhookUrl()).toBe(before);
    await app.setWebhook({ secret: "a-new-webhook-secret", url: "https://hooks.example.com/github" });
    expect(await app.webhookUrl()).toBe("https://hooks.example.com/github");
    expect(JSON.stringify(logged)).not.toContain("a-new-webhook-secret");
  });
});

test("of an enterprise's App the owner is its slug; an answer that shows no App is not understood", () => {
  const shown = { id: 1, slug: "m", name: "M", html_url: "https://github.com/apps/m" };
  expect(readAppFacts({ ...shown, owner: { slug: "acme-inc" } })).toMatchObject({ owner: "acme-inc" });
  expect(readAppFacts({ ...shown, owner: { login: "acme", type: "Organization" } })).toMatchObject({ isOrganizations: true }); // prettier-ignore
  for (const data of [undefined, {}, { ...shown, owner: {} }, { ...shown, id: "1" }]) {
    expect(() => readAppFacts(data)).toThrow(/missing/);
  }
});

test("a code that nobody knows is not-found, a GitHub that is not there unavailable", async () => {
  expect((await failure(newApp("none", { baseUrl: rig.github.url, clock }))).kind).toBe("not-found");
  const gone = createServer().listen(0, "127.0.0.1");
  await once(gone, "listening");
  const { port } = gone.address() as AddressInfo;
  gone.close();
  expect((await failure(newApp("none", { baseUrl: `http://127.0.0.1:${port}`, clock }))).kind).toBe("unavailable");
});
