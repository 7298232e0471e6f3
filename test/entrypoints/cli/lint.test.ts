import { execFile } from "node:child_process";
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { githubCommands } from "../../../src/entrypoints/cli/formats/github-commands.ts";
import { runCli } from "../../../src/entrypoints/cli/program.ts";
import { runnerSchema } from "../../../src/core/planning/runner-schema.ts";

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

async function mayfly(...args: string[]): Promise<{ code: number; out: string; error: string }> {
  const written = { out: "", error: "" };
  const code = await runCli(args, {
    out: (text) => void (written.out += text),
    error: (text) => void (written.error += text),
  });
  return { code, ...written };
}

const value = '`spot` cannot be the text "onyl". Did you mean `only`?';
const repeated = "`c7i.large` stands twice in `instance-types`.";

describe("mayfly lint", () => {
  test("names every problem with its place; errors are exit 1", async () => {
    expect(await mayfly("lint", file)).toEqual({
      code: 1,
      out: `${file}:2:17: error MF-CONFIG-VALUE: ${value}\n${file}:3:54: warning MF-CONFIG-REPEATED: ${repeated}\n`,
      error: "",
    });
  });

  test("of a directory it checks .github/runner.yml; that there is none is fine", async () => {
    expect(await mayfly("lint", join(folder, "wrong"))).toMatchObject({ code: 1, out: expect.stringContaining(file) });
    expect(await mayfly("lint", join(folder, "right"))).toEqual({ code: 0, out: "", error: "" });
    const none = await mayfly("lint", join(folder, "none"));
    expect(none).toEqual({ code: 0, out: "", error: expect.stringMatching(/runner\.yml: not there, which is fine/) });
  });

  test("a warning alone is exit 0", async () => {
    expect(await mayfly("lint", join(folder, "warned.yml"))).toMatchObject({
      code: 0,
      out: expect.stringContaining("warning"),
    });
  });

  test("a path that cannot be read is exit 2, and the others are checked", async () => {
    const { code, out, error } = await mayfly("lint", join(folder, "nowhere"), file);
    expect({ code, error }).toEqual({ code: 2, error: expect.stringMatching(/nowhere: cannot be read: .*ENOENT/) });
    expect(out).toContain("MF-CONFIG-VALUE");
  });

  test("as JSON: where each begins and ends", async () => {
    const { code, out } = await mayfly("lint", file, "--format", "json");
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
    expect((await mayfly("lint", join(folder, "right"), "--format", "json")).out).toBe("[]\n");
  });

  test("as SARIF: each result leads to its rule and its region", async () => {
    const { out } = await mayfly("lint", file, "--format", "sarif");
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
    const { out } = await mayfly("lint", file, "--format", "github");
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
    const { code, error } = await mayfly("lint", "--format", "xml");
    expect({ code, error }).toEqual({ code: 2, error: expect.stringContaining("text, json, sarif, github") });
  });
});

test("mayfly schema prints what editors complete by", async () => {
  const { code, out } = await mayfly("schema");
  expect({ code, schema: JSON.parse(out) as unknown }).toEqual({ code: 0, schema: runnerSchema() });
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
