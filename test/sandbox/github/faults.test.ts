import { afterEach, describe, expect, test } from "@jest/globals";

import { githubFaults } from "../../../src/sandbox/github/faults.ts";
import { startRig, type Rig } from "./rig.ts";

const JIT = "/repos/octo/repo/actions/runners/generate-jitconfig";
const BODY = { name: "one", runner_group_id: 1, labels: ["mayfly"] };
let rig: Rig;

afterEach(async () => {
  const violations = rig.github.violations();
  await rig.close();
  expect(violations).toEqual([]);
});

async function struck(fault: string): Promise<string> {
  rig = await startRig({ faults: [fault] });
  await rig.push({ "README.md": "" });
  return rig.token();
}

describe("faults", () => {
  test("lost-reply: the connection breaks, the runner is registered, the second try is a 409", async () => {
    const token = await struck("github.generate-jitconfig:lost-reply:1");
    await expect(rig.call("POST", JIT, token, BODY)).rejects.toThrow();
    expect(rig.github.runners().map(({ name }) => name)).toEqual(["one"]);
    expect((await rig.call("POST", JIT, token, BODY)).status).toBe(409);
    expect(rig.github.calls()["actions/generate-runner-jitconfig-for-repo"]).toBe(2);
  });

  test.each(["500", "502", "503"])("%s: nothing has happened, as often as asked", async (status) => {
    const token = await struck(`github.generate-runner-jitconfig-for-repo:${status}:2`);
    const first = await rig.call("POST", JIT, token, BODY);
    const second = await rig.call("POST", JIT, token, BODY);
    expect([first.status, second.status]).toEqual([Number(status), Number(status)]);
    expect(rig.github.runners()).toEqual([]);
    expect((await rig.call("POST", JIT, token, BODY)).status).toBe(201);
  });

  test.each([
    ["rate-limit", { "x-ratelimit-remaining": "0", "retry-after": null }],
    ["secondary-rate-limit", { "x-ratelimit-remaining": null, "retry-after": "3" }],
    ["forbidden", { "x-ratelimit-remaining": null, "retry-after": null }],
  ])("%s is a 403 of its own kind", async (code, headers) => {
    const token = await struck(`github.generate-jitconfig:${code}`);
    const reply = await rig.call("POST", JIT, token, BODY);
    expect(reply.status).toBe(403);
    for (const [name, value] of Object.entries(headers)) expect(reply.headers.get(name)).toBe(value);
    if (code === "rate-limit")
      expect(Number(reply.headers.get("x-ratelimit-reset")) * 1000).toBeGreaterThan(Date.now());
    if (code === "forbidden") expect(reply.json?.message).toBe("");
  });

  test("the catalogue has every operation by its short name, and the webhook", async () => {
    await struck("github.webhook:drop");
    expect(githubFaults["generate-jitconfig"]).toEqual(githubFaults["generate-runner-jitconfig-for-repo"]);
    expect(Object.keys(githubFaults)).toEqual(
      expect.arrayContaining(["create-installation-access-token", "get-content", "create", "update", "get", "webhook"]),
    );
    expect(githubFaults.webhook?.kinds).toEqual(["drop", "duplicate", "late"]);
  });
});
