import { afterEach, beforeEach, expect, test } from "@jest/globals";
import { mockGithub, repository, tokenRequests, type MockGithub } from "./mock-github.ts";
import { sampleAnswer } from "./sample-answer.ts";

const PERMISSION = (login: string): string => `/repos/octo/site/collaborators/${login}/permission`;
const answer = (permission: string, role: string = permission): object => ({
  body: sampleAnswer("repos/get-collaborator-permission-level", 200, { permission, role_name: role }),
});

let mock: MockGithub;
beforeEach(() => {
  mock = mockGithub();
  mock.grantTokens();
});
afterEach(() => mock.check());

test.each([
  ["admin", "admin", true],
  ["write", "maintain", true],
  ["write", "write", true],
  ["write", "a role of the organisation", true],
  ["read", "triage", false],
  ["read", "read", false],
  ["none", "", false],
])("permission %s (role %s): %s", async (permission, role, expected) => {
  mock.on("GET", PERMISSION("ann"), answer(permission, role));
  expect(await mock.github.mayWrite(repository, "ann")).toBe(expected);
  expect(tokenRequests(mock)[0]?.body).toEqual({ repository_ids: [7], permissions: { metadata: "read" } });
});

test("whoever is no user may not", async () => {
  mock.on("GET", PERMISSION("my-app%5Bbot%5D"), { status: 404, body: { message: "my-app[bot] is not a user" } });
  expect(await mock.github.mayWrite(repository, "my-app[bot]")).toBe(false);
});

test("those who ask for the same person at once share a request; nothing is kept", async () => {
  mock.on("GET", PERMISSION("ann"), answer("write"));
  mock.on("GET", PERMISSION("bob"), answer("read"));
  const asked = ["ann", "ann", "bob", "ann"].map((login) => mock.github.mayWrite(repository, login));
  expect(await Promise.all(asked)).toEqual([true, true, false, true]);
  mock.on("GET", PERMISSION("ann"), answer("read"));
  expect(await mock.github.mayWrite(repository, "ann")).toBe(false);
});

test("no answer is no permission refused", async () => {
  mock.on("GET", PERMISSION("ann"), { status: 502, text: "{}" });
  await expect(mock.github.mayWrite(repository, "ann")).rejects.toMatchObject({ facts: { kind: "unavailable" } });
  mock.on("GET", PERMISSION("ann"), answer(""));
  await expect(mock.github.mayWrite(repository, "ann")).rejects.toMatchObject({ facts: { kind: "unavailable" } });
});
