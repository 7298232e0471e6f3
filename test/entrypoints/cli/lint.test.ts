import { execFile } from "node:child_process";
import { mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { githubCommands } from "../../../src/entrypoints/cli/formats/github-commands.ts";
import { helpPages } from "../../../src/entrypoints/cli/lint/findings.ts";
import { lintIn, placesOf as places } from "./lint-in.ts";
import { copyRepositories, runMayfly } from "./run-mayfly.ts";
import type { Ended } from "./run-mayfly.ts";

const wrong = "runners:\n  build: {spot: onyl}\n  lint: {execution: ec2, instance-types: [c7i.large, c7i.large]}\n";
let folder: string;
let file: string;

async function put(path: string, text: string): Promise<string> {
  const full = join(folder, path);
  await mkdir(dirname(full), { recursive: true });
  await writeFile(full, text);
  return full;
}

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "mayfly-lint-"));
  file = await put("wrong/.github/runner.yml", wrong);
  await put("right/.github/runner.yml", "runners:\n  build: {spot: only}\n");
  await put("warned.yml", "runners:\n  lint: {instance-types: [c7i.large, c7i.large]}\n");
  await put("none/README.md", "");
});
afterAll(async () => await rm(folder, { recursive: true }));

const value = '`spot` cannot be the text "onyl". Did you mean `only`?';
const repeated = "`c7i.large` stands twice in `instance-types`.";

describe("mayfly lint", () => {
  test("names every problem with its place; errors are exit 1", async () => {
    expect(await runMayfly("lint", file)).toEqual({
      code: 1,
      out: `${file}:2:17: error MF-CONFIG-VALUE: ${value}\n${file}:3:54: warning MF-CONFIG-REPEATED: ${repeated}\n`,
      error: "",
    });
  });

  test("of a directory it checks .github/runner.yml; that there is none is fine", async () => {
    expect(await runMayfly("lint", join(folder, "wrong"))).toMatchObject({
      code: 1,
      out: expect.stringContaining(file),
    });
    expect(await runMayfly("lint", join(folder, "right"))).toEqual({ code: 0, out: "", error: "" });
    const none = await runMayfly("lint", join(folder, "none"));
    expect(none).toEqual({ code: 0, out: "", error: expect.stringMatching(/runner\.yml: not there, which is fine/) });
  });

  test("a warning alone is exit 0", async () => {
    expect(await runMayfly("lint", join(folder, "warned.yml"))).toMatchObject({
      code: 0,
      out: expect.stringContaining("warning"),
    });
  });

  test("a path that cannot be read is exit 2, and the others are checked", async () => {
    const { code, out, error } = await runMayfly("lint", join(folder, "nowhere"), file);
    expect({ code, error }).toEqual({ code: 2, error: expect.stringMatching(/nowhere: cannot be read: .*ENOENT/) });
    expect(out).toContain("MF-CONFIG-VALUE");
  });

  test("as JSON: where each begins and ends", async () => {
    const { code, out } = await runMayfly("lint", file, "--format", "json");
    const help = "docs/runner-yml.md#when-something-is-wrong";
    expect({ code, findings: JSON.parse(out) as unknown }).toEqual({
      code: 1,
      findings: [
        // prettier-ignore
        { path: file, line: 2, column: 17, endLine: 2, endColumn: 21, severity: "error", code: "MF-CONFIG-VALUE", message: value, help },
        // prettier-ignore
        { path: file, line: 3, column: 54, endLine: 3, endColumn: 63, severity: "warning", code: "MF-CONFIG-REPEATED", message: repeated, help },
      ],
    });
    expect((await runMayfly("lint", join(folder, "right"), "--format", "json")).out).toBe("[]\n");
  });

  test("as SARIF: each result leads to its rule and its region", async () => {
    const { out } = await runMayfly("lint", file, "--format", "sarif");
    const { version, runs } = JSON.parse(out) as {
      version: string;
      runs: { tool: { driver: { rules: { id: string }[] } }; results: { ruleId: string; ruleIndex: number }[] }[];
    };
    expect(version).toBe("2.1.0");
    expect(runs[0]?.results).toMatchObject([
      {
        level: "error",
        locations: [{ physicalLocation: { region: { startLine: 2, startColumn: 17, endLine: 2, endColumn: 21 } } }],
      },
      { level: "warning" },
    ]);
    for (const { ruleId, ruleIndex } of runs[0]?.results ?? []) {
      expect(runs[0]?.tool.driver.rules[ruleIndex]?.id).toBe(ruleId);
    }
  });

  test("as workflow commands: nothing in a message can end one or begin another", async () => {
    const { out } = await runMayfly("lint", file, "--format", "github");
    expect(out.split("\n")[0]).toBe(
      `::error file=${file},line=2,endLine=2,col=17,endColumn=21,title=MF-CONFIG-VALUE::${value}`,
    );
    const hostile = { path: "a,b:c", line: 1, column: 1, endLine: 1, endColumn: 1, severity: "error" } as const;
    const text = githubCommands([{ ...hostile, code: "MF-CONFIG-KEY", message: "100%\n::warning::x", help: "" }]);
    expect(text).toBe(
      "::error file=a%2Cb%3Ac,line=1,endLine=1,col=1,endColumn=1,title=MF-CONFIG-KEY::100%25%0A::warning::x\n",
    );
  });

  test("a format that there is not is exit 2 and names those that there are", async () => {
    const { code, error } = await runMayfly("lint", "--format", "xml");
    expect({ code, error }).toEqual({ code: 2, error: expect.stringContaining("text, json, sarif, github") });
  });
});

describe("mayfly lint of a repository", () => {
  let repositories: string;
  beforeAll(async () => void (repositories = await copyRepositories()));
  afterAll(async () => await rm(repositories, { recursive: true }));

  const lint = async (...args: readonly string[]): Promise<Ended> => await lintIn(repositories, ...args);

  const ofCi = [
    "tangled/.github/workflows/ci.yml:4:14: error MF-CONFIG-WORKFLOW-RUNNER",
    "tangled/.github/workflows/ci.yml:9:7: error MF-CONFIG-WORKFLOW-LABEL",
    "tangled/.github/workflows/ci.yml:14:14: warning MF-CONFIG-NEAR-MISS",
    "tangled/.github/workflows/ci.yml:18:14: notice MF-CONFIG-SHARED-LABEL",
  ];
  const ofRelease = ["tangled/.github/workflows/release.yaml:9:14: error MF-CONFIG-WORKFLOW-LABEL"];
  const unused = "tangled/.github/runner.yml:7:3: notice MF-CONFIG-UNUSED";

  test("checks runner.yml and the workflows together, in the order of paths and lines", async () => {
    const ended = await lint("@tangled");
    expect(ended).toMatchObject({ code: 1, error: "" });
    expect(places(ended).filter((place) => !place.includes("runner.yml"))).toEqual([...ofCi, ...ofRelease]);
    expect(places(ended)).toContain(unused);
    expect(places(ended)[0]).toContain("runner.yml");
    expect(ended.out).toMatch(/ci\.yml:4:14: .*“bild”.*“build”/);
  });

  test("of a workflow: what it has to do with the rest of its repository, and nothing of other files", async () => {
    expect(places(await lint("@tangled/.github/workflows/ci.yml"))).toEqual(ofCi);
    expect(places(await lint("@tangled/.github/workflows/release.yaml"))).toEqual(ofRelease);
  });

  test("of runner.yml alone: its own problems only", async () => {
    expect(await lint("@tangled/.github/runner.yml")).toEqual({ code: 0, out: "", error: "" });
  });

  test("says nothing twice, however often a file is named", async () => {
    const once = await lint("@tangled");
    const files = ["ci.yml", "release.yaml"].map((name) => `@tangled/.github/workflows/${name}`);
    expect(await lint("@tangled", ...files, "@tangled/.github/runner.yml", "@tangled/.github")).toEqual(once);
  });

  test("a notice and a warning are no errors, in every format", async () => {
    const [notice] = JSON.parse((await lint("@tangled", "--format", "json")).out) as {
      severity: string;
      help: string;
    }[];
    expect(notice).toMatchObject({ line: 7, column: 3, endLine: 7, endColumn: 12, severity: "notice" });
    const { runs } = JSON.parse((await lint("@tangled", "--format", "sarif")).out) as {
      runs: { results: { level: string }[] }[];
    };
    expect(new Set(runs[0]?.results.map(({ level }) => level))).toEqual(new Set(["note", "warning", "error"]));
    const commands = (await lint("@tangled", "--format", "github")).out;
    expect(commands).toMatch(/^::notice file=tangled\/\.github\/runner\.yml,line=7,endLine=7,col=3,endColumn=12,/m);
    // More than one line has no columns for the runner.
    expect(commands).toMatch(/^::error file=tangled\/\.github\/workflows\/ci\.yml,line=9,endLine=10,title=/m);
  });

  test("a repository that is well is exit 0", async () => {
    expect(await lint("@shop")).toEqual({ code: 0, out: "", error: "" });
    const example = join(import.meta.dirname, "../../../examples/hello-mayfly");
    expect((await runMayfly("lint", example)).code).toBe(0);
  });

  test("without workflows no runner is unused: it may be for other repositories", async () => {
    const { code, out } = await runMayfly("lint", join(folder, "right"));
    expect({ code, out }).toEqual({ code: 0, out: "" });
  });

  test("a workflow that GitHub refuses is told, and the others are checked", async () => {
    const ended = await lint("@broken");
    expect(ended.error).toMatch(/^broken\/\.github\/workflows\/wrong\.yml: not checked: line 5: .*\n$/);
    expect(places(ended)).toEqual(["broken/.github/runner.yml:3:10: error MF-CONFIG-VALUE"]);
  });

  test("with a policy: what it does not allow, in the file and in labels, and where it says so", async () => {
    const ended = await lint("@shop", "--policy", "@policies/strict.yml");
    expect(places(ended)).toEqual([
      "shop/.github/runner.yml:10:14: error MF-CONFIG-POLICY",
      "shop/.github/runner.yml:11:18: warning MF-CONFIG-CAP",
      "shop/.github/runner.yml:16:22: error MF-CONFIG-POLICY",
      "shop/.github/runner.yml:24:14: warning MF-CONFIG-CAP",
      "shop/.github/workflows/ci.yml:33:14: error MF-CONFIG-WORKFLOW-LABEL",
    ]);
    expect(ended.out).toContain("at most 50 GB (policy.yml:5)");
    expect(ended.code).toBe(1);
  });

  test("a policy with errors is exit 1, and nothing is held against it", async () => {
    const ended = await lint("@shop", "--policy", "@policies/broken.yml");
    expect(places(ended)).toEqual([
      "policies/broken.yml:1:15: error MF-CONFIG-VALUE",
      "policies/broken.yml:2:22: error MF-CONFIG-VALUE",
    ]);
    expect(ended).toMatchObject({
      code: 1,
      error: "policies/broken.yml: has errors, hence nothing is held against it\n",
    });
  });

  test("a policy.yml among the files is read as one", async () => {
    const policy = await put("operator/policy.yml", "maxima: {cpu: 0}\n");
    const { code, out } = await runMayfly("lint", policy, "--format", "json");
    expect({ code, findings: JSON.parse(out) as unknown }).toMatchObject({
      code: 1,
      findings: [{ path: policy, line: 1, column: 15, help: "docs/policy-yml.md#keys" }],
    });
  });

  test("a policy that is not there is exit 2, and the files are checked", async () => {
    const { code, out, error } = await lint("@broken", "--policy", "@none.yml");
    expect({ code, error }).toEqual({ code: 2, error: expect.stringMatching(/^none\.yml: cannot be read: .*ENOENT/) });
    expect(out).toContain("MF-CONFIG-VALUE");
  });
});

test.each(Object.values(helpPages))("%s is there", async (help) => {
  const [page = "", anchor = ""] = help.split("#");
  const headings = (await readFile(join(import.meta.dirname, "../../..", page), "utf8")).matchAll(/^#+ (.*)$/gm);
  expect([...headings].map(([, text = ""]) => text.toLowerCase().replaceAll(" ", "-"))).toContain(anchor);
});

test("the program itself ends with the exit code", async () => {
  const main = join(import.meta.dirname, "../../../src/entrypoints/cli/main.ts");
  const ended = await new Promise<{ code: unknown; out: string; error: string }>((resolve) => {
    execFile(process.execPath, [main, "lint", file], (failure, out, error) => {
      resolve({ code: failure?.code, out, error });
    });
  });
  expect(ended).toEqual({ code: 1, out: expect.stringContaining("MF-CONFIG-VALUE"), error: "" });
});
