import { afterEach, expect, test } from "@jest/globals";

import { startRig, until, type Received, type Rig } from "./rig.ts";
import { ci, job } from "./workflow-file.ts";

let rig: Rig;

afterEach(async () => {
  const violations = rig.github.violations();
  await rig.close();
  expect(violations).toEqual([]);
});

async function pushes(count: number): Promise<Received["payload"][]> {
  const found = () => rig.received.filter(({ event }) => event === "push");
  await until("pushes", () => found().length === count);
  return found().map(({ payload }) => payload);
}

test("say what they add, change and remove, on which branch, and which is the default one", async () => {
  rig = await startRig();
  const first = await rig.push({ a: "1", b: "1", c: "1" });
  const second = await rig.push({ a: "1", b: "2", d: "1" });
  await rig.push({ a: "1", b: "2", d: "2" }, { branch: "feature", actor: "ann" });
  const [one, two, three] = await pushes(3);
  const commit = (added: string[], removed: string[], modified: string[]) => ({ added, removed, modified });
  expect(one).toMatchObject({
    ref: "refs/heads/main",
    created: true,
    after: first.sha,
    commits: [commit(["a", "b", "c"], [], [])],
    repository: { default_branch: "main", private: true },
  });
  expect(two).toMatchObject({
    created: false,
    before: first.sha,
    after: second.sha,
    commits: [commit(["d"], ["c"], ["b"])],
    head_commit: commit(["d"], ["c"], ["b"]),
  });
  expect(three).toMatchObject({
    ref: "refs/heads/feature",
    created: true,
    sender: { login: "ann" },
    commits: [commit([], [], ["d"])],
    repository: { default_branch: "main" },
  });
});

test("a new repository is private unless a push says otherwise, and stays what it is", async () => {
  rig = await startRig();
  const files = ci(job("a"));
  for (const visibility of [{}, { private: false }, {}, { private: true }]) {
    await rig.github.pushRepository({ owner: "octo", name: "repo", files, ...visibility });
  }
  const seen = (await pushes(4)).map(({ repository }) => (repository as { private: boolean }).private);
  expect(seen).toEqual([true, false, false, true]);
});

test("other repositories of the owner are there for an installation that covers them", async () => {
  rig = await startRig();
  const file = { ".github/runner.yml": "max-runners: 3\n" };
  await rig.push(file, { name: ".github-private" });
  await rig.push(file, { name: ".github", private: false });
  const some = rig.github.addInstallation({ account: "acme", repositories: ["repo", ".github"] });
  for (const name of ["repo", ".github", ".github-private"]) await rig.push(file, { owner: "acme", name });
  const ask = async (installation: number, name: string) => {
    const path = `/app/installations/${installation}/access_tokens`;
    const { status } = await rig.call("POST", path, await rig.jwt(), { repositories: [name] });
    return status;
  };
  expect(await ask(rig.installationId, ".github-private")).toBe(201);
  expect(await ask(rig.installationId, "nowhere")).toBe(422);
  expect(await ask(some.id, ".github")).toBe(201);
  expect(await ask(some.id, ".github-private")).toBe(422);
});
