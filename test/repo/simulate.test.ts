import { spawnSync } from "node:child_process";
import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "@jest/globals";
import type { Issue } from "./fake-gh.ts";
import { textOf } from "./repository.ts";
import { root } from "./source-files.ts";

let folder = "";

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "mayfly-nightly-"));
});

afterEach(() => rmSync(folder, { recursive: true }));

/** A program that the scripts find before the real one. */
function place(name: string, script: string): void {
  writeFileSync(join(folder, name), `#!/bin/sh\n${script}\n`);
  chmodSync(join(folder, name), 0o755);
}

function run(script: string, env: Record<string, string>): { status: number | null; stdout: string; stderr: string } {
  const { status, stdout, stderr } = spawnSync(join(root, script), {
    env: { PATH: `${folder}:${process.env["PATH"]}`, ...env },
    encoding: "utf8",
  });
  return { status, stdout, stderr };
}

/** The value of each output that a step wrote, as the Actions runner reads it. */
function outputs(text: string): Record<string, string> {
  const values: Record<string, string> = {};
  const lines = text.split("\n");
  for (let line = lines.shift(); line !== undefined; line = lines.shift()) {
    const [, key = "", end] = /^(\w+)<<(.+)$/.exec(line) ?? [];
    if (end !== undefined)
      values[key] = lines
        .splice(0, lines.indexOf(end) + 1)
        .slice(0, -1)
        .join("\n");
    else if (line !== "") values[line.split("=")[0] ?? ""] = line.slice(line.indexOf("=") + 1);
  }
  return values;
}

/** What a simulation prints about a seed that breaks an invariant. */
const story = (seed: number, invariant: string): string =>
  [
    `seed ${seed} breaks 2 times; replay: npm run simulate -- --seed ${seed}`,
    `  2026-11-22T12:00:00.000Z ${invariant}: machine m-7 has no open record`,
    `seed 99 breaks 1 times; replay: npm run simulate -- --seed 99`,
    `seed ${seed}: ${invariant}: nothing is left`,
    "  12:00:00.000 launch call for mayfly-7-1",
    "",
  ].join("\n");

describe("the nightly simulation", () => {
  const simulate = (): ReturnType<typeof run> & { outputs: Record<string, string> } => {
    const file = join(folder, "outputs");
    writeFileSync(file, "");
    const result = run(".ci/simulate.sh", { GITHUB_RUN_NUMBER: "7", GITHUB_OUTPUT: file });
    return { ...result, outputs: outputs(readFileSync(file, "utf8")) };
  };

  test("runs 2000 seeds of its own, from the run's number on, and says which", () => {
    place("npm", `echo "$*"`);
    const { status, stdout, outputs: written } = simulate();
    expect(status).toBe(0);
    expect(stdout.split("\n")).toEqual([
      "seeds 14001 to 16000",
      "run --silent simulate -- --seeds 2000 --seed 14001 --json",
      "",
    ]);
    expect(written).toMatchObject({ first: "14001" });
  });

  test("that fails, fails, and hands on what it printed", () => {
    place("npm", `cat >&2 <<'END'\n${story(14_050, "nothing-left")}END\nexit 1`);
    const { status, stdout, outputs: written } = simulate();
    expect(status).toBe(1);
    expect(stdout).toContain("seed 14050 breaks 2 times");
    expect(written).toEqual({ first: "14001", story: story(14_050, "nothing-left") });
  });

  test("hands on no more than fits into an issue", () => {
    place("npm", `head -c 500000 /dev/zero | tr '\\0' x >&2\nexit 3`);
    const { status, outputs: written } = simulate();
    expect([status, written["story"]?.length]).toEqual([3, 50_000]);
  });
});

describe("what becomes of its failure", () => {
  const report = (before: Issue[], facts: { first?: string; story: string; token?: string }) => {
    const file = join(folder, "issues.json");
    writeFileSync(file, JSON.stringify(before));
    place(
      "gh",
      `exec "${process.execPath}" --disable-warning=ExperimentalWarning "${join(root, "test/repo/fake-gh.ts")}" "$@"`,
    );
    const { status, stderr } = run(".ci/report-seed.sh", {
      FIRST_SEED: facts.first ?? "14001",
      STORY: facts.story,
      GH_TOKEN: facts.token ?? "a token",
      GH_ISSUES: file,
      GITHUB_REPOSITORY: "octo/mayfly",
      GITHUB_SERVER_URL: "https://github.com",
      GITHUB_RUN_ID: "123",
      GITHUB_SHA: "a".repeat(40),
    });
    return { status, stderr, issues: JSON.parse(readFileSync(file, "utf8")) as Issue[] };
  };
  const issue = (changes: Partial<Issue>): Issue => ({
    number: 1,
    title: "Simulation: seed 5 breaks nothing-left",
    state: "open",
    author: "github-actions",
    body: "",
    comments: [],
    ...changes,
  });

  test("an issue with the seed, how to see it again, and all that was printed", () => {
    const { status, issues } = report([], { story: story(14_050, "nothing-left") });
    expect(status).toBe(0);
    expect(issues.map(({ title }) => title)).toEqual(["Simulation: seed 14050 breaks nothing-left"]);
    const body = issues[0]?.body ?? "";
    expect(body).toContain("```sh\nnpm run simulate -- --seed 14050\n```");
    expect(body).toContain(`\`\`\`text\n${story(14_050, "nothing-left")}\n\`\`\``);
    expect(body).toContain("https://github.com/octo/mayfly/actions/runs/123");
  });

  test("a comment, when an issue about the same invariant is open", () => {
    const before = [issue({}), issue({ number: 2, title: "Simulation: seed 6 breaks caps" })];
    const { status, issues } = report(before, { story: story(14_050, "nothing-left") });
    expect(status).toBe(0);
    expect(issues.map(({ number, comments }) => [number, comments.length])).toEqual([
      [1, 1],
      [2, 0],
    ]);
    expect(issues[0]?.comments[0]).toContain("npm run simulate -- --seed 14050\n");
  });

  test.each([
    ["closed", issue({ state: "closed" })],
    ["about another invariant", issue({ title: "Simulation: seed 5 breaks no-bug" })],
    ["somebody else's", issue({ author: "octocat" })],
    ["named otherwise", issue({ title: "Re: Simulation: seed 5 breaks nothing-left" })],
  ])("a new issue, when the one there is %s", (_, before) => {
    const { issues } = report([before], { story: story(14_050, "nothing-left") });
    expect(issues.map(({ comments }) => comments.length)).toEqual([0, 0]);
  });

  test("a simulation that ended without a word about a seed is told by its first", () => {
    const { issues } = report([], { first: "14001", story: "TypeError: x is not a function\n  at `y`\n$(touch z)\n" });
    expect(issues[0]?.title).toBe("Simulation: seed 14001 and those after it end without a result");
    expect(issues[0]?.body).toContain("npm run simulate -- --seeds 2000 --seed 14001\n");
    expect(issues[0]?.body).toContain("\n  at `y`\n$(touch z)\n");
  });

  test("the longest that is handed on fits", () => {
    const { status, issues } = report([], { story: "x".repeat(50_000) });
    expect([status, issues.length]).toEqual([0, 1]);
  });

  test("fails when GitHub does not take it", () => {
    expect(report([], { story: "", token: "" })).toMatchObject({ status: 1, issues: [] });
  });

  test("the script reads what the simulation prints", () => {
    const program = textOf("test/simulation/main.ts");
    for (const line of [
      "`seed ${seed} breaks ${violations.length} times; ",
      '`seed ${seed}: ${violation?.invariant ?? ""}: ',
    ])
      expect(program).toContain(line);
  });
});
