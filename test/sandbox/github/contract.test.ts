import { afterEach, expect, test } from "@jest/globals";

import { OPERATIONS } from "../../../src/sandbox/github/rest/operations.ts";
import { readDescription } from "../../../src/sandbox/openapi/description.ts";
import { startRig, type Rig } from "./rig.ts";

const RUNNERS = "/repos/octo/repo/actions/runners";
let rig: Rig;
afterEach(() => rig.close());

test.each([
  ["101 labels", { name: "a", runner_group_id: 1, labels: Array.from({ length: 101 }, String) }],
  ["no labels", { name: "a", runner_group_id: 1, labels: [] }],
  ["a group as text", { name: "a", runner_group_id: "1", labels: ["a"] }],
  ["a field that GitHub does not know", { name: "a", runner_group_id: 1, labels: ["a"], ttl: 5 }],
])("a request with %s is a violation and a 422 without effect", async (_name, body) => {
  rig = await startRig();
  await rig.push({ "README.md": "" });
  const reply = await rig.call("POST", `${RUNNERS}/generate-jitconfig`, await rig.token(), body);
  expect(reply.status).toBe(422);
  expect(rig.github.violations()).toHaveLength(1);
  expect(rig.github.violations()[0]).toContain("generate-runner-jitconfig-for-repo");
  expect(rig.github.runners()).toEqual([]);
  expect(rig.events.filter(({ type }) => type === "violation")).toHaveLength(1);
});

test("an unknown path is a violation", async () => {
  rig = await startRig();
  expect((await rig.call("GET", "/repos/octo/repo/nonsense", "x")).status).toBe(404);
  expect(rig.github.violations()).toEqual(["GET /repos/octo/repo/nonsense: no such operation"]);
});

test("every operation of the description is in the sandbox", () => {
  const described = Object.values(readDescription().paths).flatMap((methods) =>
    Object.values(methods).map(({ operationId }) => operationId),
  );
  expect(described.length).toBeGreaterThan(30);
  expect(OPERATIONS.map(({ id }) => id).toSorted()).toEqual(described.toSorted());
});

test("a query that GitHub does not know is a violation; text that is no JSON is a 400", async () => {
  rig = await startRig();
  await rig.push({ "README.md": "" });
  const token = await rig.token();
  expect((await rig.call("GET", `${RUNNERS}?nme=x`, token)).status).toBe(422);
  const response = await fetch(`${rig.github.url}${RUNNERS}/generate-jitconfig`, {
    method: "POST",
    headers: { authorization: `token ${token}` },
    body: "{",
  });
  expect(response.status).toBe(400);
  expect(rig.github.violations()).toHaveLength(2);
});
