import { mkdir, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { lintIn, placesOf as places } from "./lint-in.ts";
import { copyRepositories } from "./run-mayfly.ts";
import type { Ended } from "./run-mayfly.ts";

let folder: string;
beforeAll(async () => void (folder = await copyRepositories()));
afterAll(async () => await rm(folder, { recursive: true }));

const lint = async (...args: readonly string[]): Promise<Ended> => await lintIn(folder, ...args);

describe("runners of the organisation's file", () => {
  const missing = "tangled/.github/workflows/ci.yml:4:14: error MF-CONFIG-WORKFLOW-RUNNER";

  test("cannot be known without it, and the message says how to give it", async () => {
    const { out } = await lint("@tangled");
    expect(out).toMatch(/:4:14: .*did you mean .* Define it .* organisation's file defines it, .*`--inherit FILE`\.\n/);
  });

  test("are defined with it; the repository's own that nothing uses are told as before", async () => {
    const without = places(await lint("@tangled"));
    expect(without).toContain(missing);
    const ended = await lint("@tangled", "--inherit", "@organisation/runner.yml");
    expect(ended.error).toBe("");
    expect(places(ended)).toEqual(without.filter((place) => place !== missing));
  });

  test("are not those of a file that does not define them", async () => {
    const ended = await lint("@tangled", "--inherit", "@shop/.github/runner.yml");
    expect(places(ended)).toContain(missing);
    expect(ended.out).not.toContain("--inherit");
  });

  test("are held against the policy, as the repository's own are", async () => {
    const given = ["--inherit", "@organisation/runner.yml", "--policy", "@policies/strict.yml"];
    const [first] = places(await lint("@organisation", ...given));
    expect(first).toBe("organisation/runner.yml:4:14: error MF-CONFIG-POLICY");
  });

  test("are none where it has errors, which is exit 1", async () => {
    const ended = await lint("@tangled/.github/workflows/ci.yml", "--inherit", "@broken/.github/runner.yml");
    expect(ended).toMatchObject({
      code: 1,
      error: "broken/.github/runner.yml: has errors, hence nothing is inherited from it\n",
    });
    expect(places(ended)[0]).toBe("broken/.github/runner.yml:3:10: error MF-CONFIG-VALUE");
    expect(places(ended)).toContain(missing);
  });

  test("cannot be read: exit 2, and the rest is checked", async () => {
    const { code, out, error } = await lint("@tangled", "--inherit", "@none.yml");
    expect({ code, error }).toEqual({
      code: 2,
      error: expect.stringMatching(/^none\.yml: cannot be read: .*ENOENT/),
    });
    expect(out).toContain("MF-CONFIG-WORKFLOW-LABEL");
  });
});

test("with another prefix: its labels are looked at, and no others", async () => {
  const github = join(folder, "acme/.github");
  await mkdir(join(github, "workflows"), { recursive: true });
  await writeFile(join(github, "runner.yml"), "runners: {build: , lint: }\n");
  const jobs = ["Acme/Build", "acme/bild", "mayfly/lint", "acme-lint"].map((label, index) => {
    return `  job${index}:\n    runs-on: ${label}\n    steps: [{run: make}]\n`;
  });
  await writeFile(join(github, "workflows/ci.yml"), `on: push\njobs:\n${jobs.join("")}`);
  expect(places(await lint("@acme", "--prefix", "ACME"))).toEqual([
    "acme/.github/runner.yml:1:20: notice MF-CONFIG-UNUSED",
    "acme/.github/workflows/ci.yml:7:14: error MF-CONFIG-WORKFLOW-RUNNER",
    "acme/.github/workflows/ci.yml:13:14: warning MF-CONFIG-NEAR-MISS",
  ]);
});
