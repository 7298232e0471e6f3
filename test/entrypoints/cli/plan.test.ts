import { execFile } from "node:child_process";
import { readFileSync } from "node:fs";
import { mkdir, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { planExitCodes } from "../../../src/entrypoints/cli/plan-job.ts";
import { copyRepositories, runMayfly } from "./run-mayfly.ts";
import type { Ended } from "./run-mayfly.ts";

type Case = {
  readonly name: string;
  readonly args: readonly string[];
  readonly code: number;
  readonly plan: { readonly outcome: keyof typeof planExitCodes };
};

const cases = JSON.parse(
  readFileSync(join(import.meta.dirname, "../../fixtures/plan/cases.json"), "utf8"),
) as readonly Case[];

let folder: string;
beforeAll(async () => void (folder = await copyRepositories()));
afterAll(async () => await rm(folder, { recursive: true }));

async function plan(...args: readonly string[]): Promise<Ended> {
  const ended = await runMayfly("plan", ...args.map((arg) => arg.replace(/^@/, `${folder}/`)));
  return { ...ended, out: settled(ended.out), error: settled(ended.error) };
}

function settled(text: string): string {
  return text.replaceAll(`${folder}/`, "");
}

/** Without what changes by the day. */
function rounded(key: string, value: unknown): unknown {
  if (typeof value === "number" && key === "usd") return Math.round(value * 10_000) / 10_000;
  return typeof value === "string" ? value.replaceAll(/\d{4}-\d\d-\d\d/g, "DATE") : value;
}

describe("mayfly plan --format json", () => {
  test.each(cases)("$name", async ({ args, code, plan: expected }) => {
    const ended = await plan(...args, "--format", "json");
    expect({ code: ended.code, plan: JSON.parse(ended.out, rounded) as unknown }).toEqual({ code, plan: expected });
  });

  test("every outcome has an exit code of its own, and is among the cases", () => {
    expect(planExitCodes).toEqual({ launch: 0, "not-ours": 2, refuse: 3, wait: 4 });
    expect(new Set(cases.map(({ plan: { outcome } }) => outcome))).toEqual(new Set(Object.keys(planExitCodes)));
  });

  test("prices: 41 s on Lambda with 3,008 MB, and an hour of c7i.large at $0.08925", async () => {
    const given = ["--history", "@histories/quick.json", "--policy", "@policies/c7i.yml"];
    const { out } = await plan("--repo", "@shop", "--labels", "mayfly/lambda", ...given);
    const lambda = (41 + 12) * (2.9375 * 0.0000166667 + 9.5 * 0.0000000309) + 2.9375 * 0.000167 + 0.00023;
    const ec2 = ((58 + 55) * (0.08925 + (30 * 0.08) / 730 + 0.005)) / 3600 + 0.00023;
    expect(out).toContain(`about $${lambda.toFixed(4)} for a job of 41 s (list prices of us-east-1, `);
    expect(out).toContain(`c7i.large, about $${ec2.toFixed(4)}\n`);
  });
});

describe("mayfly plan for people", () => {
  test("the decision first, then what follows from it", async () => {
    const { code, out, error } = await plan("--repo", "@shop", "--workflow", "ci.yml", "--job", "build");
    expect({ code, error }).toEqual({ code: 0, error: "" });
    expect(out.split("\n").map((line) => line.replace(/c6a.*c7a.xlarge|\$.*/, "…"))).toEqual([
      "EC2: the runner Build asks for what only EC2 has",
      "  runner:     Build (`X64`, `Build`, `self-hosted`, `linux`)",
      "  machine:    EC2 x64, 4 vCPU, 8 GB, 60 GB of disk; the first to be had of …; spot, else on demand; for jobs of up to 6 h",
      "  cost:       about …",
      "  at most:    10 machines of this runner, 20 of this repository",
      "  priority:   5",
      "",
    ]);
  });

  test("what would do as well, and what it would cost", async () => {
    const given = ["--repo", "@shop", "--policy", "@policies/c7i.yml"];
    const { out } = await plan(...given, "--labels", "mayfly/ec2");
    expect(out).toMatch(/^EC2: .*\n(?: .*\n)* {2}elsewhere: {2}Lambda with 3008 MB, about \$0\.\d+\n/);
  });

  test("names of the policy, with what they are", async () => {
    const { out } = await plan("--repo", "@shop", "--labels", "mayfly/deploy", "--policy", "@policies/strict.yml");
    expect(out).toContain("image ubuntu (ami-0123456789abcdef0); role deploy; subnets private\n");
  });

  test("a refusal: its code, what happened, why, and what to do", async () => {
    const args = ["--repo", "@shop", "--labels", "mayfly/arm", "--policy", "@policies/lambda-only.yml"];
    expect(await plan(...args)).toEqual({
      code: 3,
      out: [
        "refused: MF-POLICY",
        "  The runner asks for more than the operator's policy allows, or for something that it does not define.",
        "  why:        EC2 is not among the allowed executions (policy.yml:1)",
        "  what to do: Ask for less in `.github/runner.yml` or in the label, or ask the operator to change the policy.",
        "",
      ].join("\n"),
      error: "",
    });
  });

  test("a job that waits says for what", async () => {
    const args = ["--history", "@histories/spent.json", "--policy", "@policies/budget.yml"];
    const { code, out } = await plan("--repo", "@shop", "--labels", "mayfly", ...args);
    expect({ code, out }).toEqual({
      code: 4,
      out: expect.stringMatching(/^waits: MF-BUDGET\n.*\n {2}why: {8}\$5 are/),
    });
  });

  test("what is not ours, and what was probably meant", async () => {
    expect(await plan("--repo", "@shop", "--labels", "ubuntu-latest")).toEqual({
      code: 2,
      out: "not ours: `ubuntu-latest`\n",
      error: "",
    });
    const near = await plan("--repo", "@shop", "--labels", "self-hosted, mayfly/build");
    expect(near.out).toMatch(/^not ours: `self-hosted, mayfly\/build`\n.* write `runs-on:` as the list /);
  });

  test("nothing in a label can write on the terminal", async () => {
    const { out } = await plan("--repo", "@shop", "--labels", "\u001B[2Kx\u202E\n");
    expect(out).toBe("not ours: `[2Kx`\n");
  });
});

test("a workflow that is not the repository's is read where it is", async () => {
  const there = ["--workflow", "@shop/.github/workflows/ci.yml", "--job", "lint"];
  const { code, out } = await plan("--repo", "@dynamic", ...there, "--format", "json");
  expect({ code, plan: JSON.parse(out) as unknown }).toMatchObject({ code: 3, plan: { code: "MF-LABEL-RUNNER" } });
});

describe("beside the plan, on stderr", () => {
  test("other labels of the job's matrix", async () => {
    const { error } = await plan("--repo", "@shop", "--workflow", "ci.yml", "--job", "sizes");
    expect(error).toBe("planned for [mayfly/ec2/cpu=2]; the job's matrix has other labels too: [mayfly/ec2/cpu=8]\n");
  });

  test("errors of the runner.yml, by which nothing is planned", async () => {
    const { code, error } = await plan("--repo", "@broken", "--labels", "mayfly/build");
    expect({ code, error }).toEqual({
      code: 0,
      error: expect.stringMatching(/^broken\/\.github\/runner\.yml:3:10: error MF-CONFIG-VALUE: .*\n$/),
    });
  });
});

describe("runners of the organisation's file", () => {
  const wide = ["--repo", "@shop", "--labels", "mayfly/wide"];

  test("cannot be known without it, and stderr says how to give it", async () => {
    const { code, error } = await plan(...wide);
    expect({ code, error }).toEqual({ code: 3, error: expect.stringMatching(/^If your .* `--inherit FILE`\.\n$/) });
    expect((await plan(...wide, "--inherit", "@tangled/.github/runner.yml")).error).toBe("");
  });

  test("are none where it has errors, and stderr names them", async () => {
    const { code, error } = await plan(...wide, "--inherit", "@broken/.github/runner.yml");
    expect({ code, error }).toEqual({
      code: 3,
      error: expect.stringMatching(
        /^broken\/.*:3:10: error .*\nbroken\/.*: has errors, hence nothing is inherited .*\n$/,
      ),
    });
  });

  test("count where the repository's own has errors", async () => {
    const args = ["--repo", "@broken", "--labels", "mayfly/wide", "--inherit", "@organisation/runner.yml"];
    const { code, out, error } = await plan(...args, "--format", "json");
    expect({ code, error }).toEqual({
      code: 0,
      error: expect.stringMatching(/^broken\/\.github\/runner\.yml:3:10: .*\n$/),
    });
    expect(JSON.parse(out)).toMatchObject({ runner: "Wide", spec: { cpu: 4, diskGb: 100 } });
  });
});

describe("what cannot be planned is exit 1, with nothing on stdout", () => {
  const shop = ["--repo", "@shop"];
  test.each([
    ["no job at all", shop, /say which job/],
    ["a workflow without a job", [...shop, "--workflow", "ci.yml"], /--job NAME/],
    ["a job without a workflow", [...shop, "--job", "build"], /--workflow FILE/],
    ["both ways at once", [...shop, "--workflow", "ci.yml", "--job", "build", "--labels", "mayfly"], /say which job/],
    ["a workflow that is not there", [...shop, "--workflow", "cd.yml", "--job", "x"], /are ci\.yml, reusable\.yml\n$/],
    [
      "a job that is not there",
      [...shop, "--workflow", "ci.yml", "--job", "buidl"],
      /no job buidl; .* Did you mean build\?/,
    ],
    [
      "labels that need a run",
      ["--repo", "@dynamic", "--workflow", "ci.yml", "--job", "any"],
      /ci\.yml:8: .* --labels/,
    ],
    [
      "a job that calls a workflow",
      [...shop, "--workflow", "ci.yml", "--job", "called"],
      /ci\.yml:44: .* no `runs-on`/,
    ],
    [
      "a workflow that GitHub refuses",
      ["--repo", "@broken", "--workflow", "wrong.yml", "--job", "build"],
      /wrong\.yml: line 5: /,
    ],
    ["no such directory", ["--repo", "@nowhere", "--labels", "mayfly"], /^--repo nowhere cannot be read: /],
    [
      "no such runner.yml",
      [...shop, "--labels", "mayfly", "--config", "@none.yml"],
      /^--config none\.yml cannot be read: /,
    ],
    [
      "no such file of the organisation",
      [...shop, "--labels", "mayfly", "--inherit", "@none.yml"],
      /^--inherit none\.yml cannot be read: /,
    ],
    [
      "no such policy",
      [...shop, "--labels", "mayfly", "--policy", "@none.yml"],
      /^--policy none\.yml cannot be read: /,
    ],
    [
      "a policy with errors",
      [...shop, "--labels", "mayfly", "--policy", "@policies/broken.yml"],
      /^policies\/broken\.yml:1:15: error MF-CONFIG-VALUE: .*\npolicies\/broken\.yml:2:22: /,
    ],
    [
      "no such history",
      [...shop, "--labels", "mayfly", "--history", "@none.json"],
      /^--history none\.json cannot be read: /,
    ],
    [
      "a history that is no JSON",
      [...shop, "--labels", "mayfly", "--history", "@policies/c7i.yml"],
      /c7i\.yml: is no JSON: /,
    ],
    [
      "a wrong history",
      [...shop, "--labels", "mayfly", "--history", "@histories/wrong.json"],
      /wrong\.json: jobs\[0\]\.execution is/,
    ],
    ["a format that there is not", [...shop, "--labels", "mayfly", "--format", "xml"], /text, json/],
    ["an option that there is not", ["--lables", "mayfly"], /Did you mean --labels/],
  ])("%s", async (_, args, message) => {
    const { code, out, error } = await plan(...args);
    expect({ code, out, error }).toEqual({ code: 1, out: "", error: expect.stringMatching(message) });
  });
});

describe("the program itself, inside a clone", () => {
  const main = join(import.meta.dirname, "../../../src/entrypoints/cli/main.ts");

  function run(directory: string, ...args: readonly string[]): Promise<{ code: unknown; out: string; error: string }> {
    return new Promise((resolve) => {
      execFile(process.execPath, [main, ...args], { cwd: directory }, (failure, out, error) => {
        resolve({ code: failure?.code ?? 0, out, error });
      });
    });
  }

  test("plan and lint look at the top of the clone from a folder in it", async () => {
    const inside = join(folder, "shop/packages/web");
    await mkdir(inside, { recursive: true });
    const planned = await run(inside, "plan", "--workflow", "ci.yml", "--job", "lint");
    expect(planned).toEqual({ code: 0, out: expect.stringMatching(/^Lambda: .*\n {2}runner: +Lint /), error: "" });
    expect(await run(inside, "plan", "--labels", "a, b", "--format", "json")).toMatchObject({ code: 2 });
    const policy = "../../../policies/strict.yml";
    const linted = await run(inside, "lint", "--policy", policy);
    expect(linted).toMatchObject({ code: 1, error: "" });
    expect(linted.out).toMatch(/^\.\.\/\.\.\/\.github\/runner\.yml:10:14: error MF-CONFIG-POLICY: /);
  });

  test("a clone is known by its .git", async () => {
    const clone = join(folder, "clone");
    await mkdir(join(clone, "src"), { recursive: true });
    await writeFile(join(clone, ".git"), "gitdir: ../shop/.git\n");
    const { code, error } = await run(join(clone, "src"), "lint");
    expect({ code, error }).toEqual({
      code: 0,
      error: "../.github/runner.yml: not there, which is fine: the defaults are used\n",
    });
  });
});
