import { afterAll, beforeAll, expect, test } from "@jest/globals";

import { startRig, type Rig } from "./rig.ts";
import { ci, job, runNext } from "./workflow-file.ts";

const REPO = { owner: "octo", name: "repo" };
let rig: Rig;

beforeAll(async () => {
  rig = await startRig();
  await rig.push({ "README.md": "" });
  await rig.push({ "README.md": "" }, { name: "open", private: false });
});
afterAll(async () => {
  const violations = rig.github.violations();
  await rig.close();
  expect(violations).toEqual([]);
});

async function permission(login: string, repo = "repo") {
  const token = await rig.token({ permissions: { metadata: "read" } });
  const path = `/repos/octo/${repo}/collaborators/${encodeURIComponent(login)}/permission`;
  return await rig.call("GET", path, token);
}

test.each([
  ["admin", "admin"],
  ["maintain", "write"],
  ["write", "write"],
  ["triage", "read"],
  ["read", "read"],
] as const)("role %s is told as permission %s", async (role, expected) => {
  rig.github.addCollaborator(REPO, "Ann", role);
  const { status, json } = await permission("ann");
  expect(status).toBe(200);
  expect(json).toMatchObject({ permission: expected, role_name: role, user: { login: "Ann", role_name: role } });
  expect(json?.user?.permissions?.push).toBe(expected === "admin" || expected === "write");
});

test("the owner is admin; others may do nothing in a private repository and read a public one", async () => {
  expect((await permission("octo")).json?.permission).toBe("admin");
  rig.github.addCollaborator({ ...REPO, name: "open" }, "bob", "write");
  expect((await permission("bob")).json?.permission).toBe("none");
  expect((await permission("bob", "open")).json?.permission).toBe("write");
  expect((await permission("ann", "open")).json?.permission).toBe("read");
  expect(() => rig.github.addCollaborator({ ...REPO, name: "none" }, "bob", "read")).toThrow("no repository octo/none");
});

test("nobody knows nobody, and an App is no collaborator", async () => {
  const { status, json } = await permission("nobody");
  expect([status, json?.message]).toEqual([404, "nobody is not a user"]);
  await rig.push(ci(job("a")));
  await runNext(rig, "failure");
  const runId = rig.github.runs()[0]?.id ?? 0;
  await rig.call("POST", `/repos/octo/repo/actions/runs/${runId}/rerun-failed-jobs`, await rig.token());
  expect(rig.github.runs()[0]).toMatchObject({ actor: "octo", triggeringActor: "mayfly[bot]" });
  expect((await permission("mayfly[bot]")).json?.permission).toBe("none");
  await runNext(rig);
  rig.github.rerun(runId, "all", "eve");
  const run = await rig.call("GET", `/repos/octo/repo/actions/runs/${runId}`, await rig.token());
  expect(run.json).toMatchObject({ actor: { login: "octo" }, triggering_actor: { login: "eve" } });
});
