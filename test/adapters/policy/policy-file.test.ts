import { describe, expect, test } from "@jest/globals";
import { policySource } from "../../../src/adapters/policy/policy-file.ts";
import { yamlReader } from "../../../src/adapters/yaml/yaml-reader.ts";
import type { Log } from "../../../src/core/ports.ts";
import { virtualClock } from "../../helpers/virtual-clock.ts";

function rig(first: string) {
  const clock = virtualClock();
  const logged: string[] = [];
  const note = (message: string, facts?: Record<string, unknown>): void =>
    void logged.push(`${message} ${JSON.stringify(facts)}`);
  const log: Log = { debug: note, info: note, warn: note, error: note };
  const file = { text: first, reads: 0 };
  const read = async (): Promise<string> => {
    file.reads += 1;
    if (file.text === "gone") throw new Error("ENOENT: there is no such file");
    return file.text;
  };
  return { clock, logged, file, source: policySource({ name: "policy.yml", read, yaml: yamlReader(), clock, log }) };
}

describe("the operator's policy", () => {
  test("a change counts within a minute, without a new start", async () => {
    const { clock, file, source } = rig("fork-pull-requests: deny\n");
    const policy = await source;
    expect((await policy.read()).forkPullRequests).toBe("deny");
    file.text = "fork-pull-requests: allow\n";
    clock.advance(59);
    expect((await policy.read()).forkPullRequests).toBe("deny");
    clock.advance(1);
    expect((await policy.read()).forkPullRequests).toBe("allow");
    expect(file.reads).toBe(2);
  });

  test("many who ask at the same moment read it once", async () => {
    const { clock, file, source } = rig("");
    const policy = await source;
    clock.advance(60);
    await Promise.all(Array.from({ length: 20 }, () => policy.read()));
    expect(file.reads).toBe(2);
  });

  test.each([
    ["broken", "fork-pull-requests: maybe\n", "policy.yml:1:21"],
    ["gone", "gone", "ENOENT"],
  ])("a file that is %s later leaves the last good one in force, and says so", async (_, text, detail) => {
    const { clock, logged, file, source } = rig("public-repositories: allow\n");
    const policy = await source;
    file.text = text;
    clock.advance(60);
    expect((await policy.read()).publicRepositories).toBe("allow");
    expect(logged.join("\n")).toContain("the last good one stays in force");
    expect(logged.join("\n")).toContain(detail);
  });

  test("a broken file refuses to start, with every problem", async () => {
    const { source } = rig("fork-pull-requests: maybe\nregoins: []\n");
    await expect(source).rejects.toThrow(/policy\.yml:1:21: .*\npolicy\.yml:2:1: .*regions/s);
  });
});
