import { mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { yamlReader } from "../../../src/adapters/yaml/yaml-reader.ts";
import { readRunnerConfig } from "../../../src/core/planning/runner-config/read-runner-config.ts";
import { init } from "../../../src/entrypoints/cli/init.ts";

let folder: string;
let repositories = 0;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "mayfly-init-"));
});
afterAll(async () => await rm(folder, { recursive: true }));

/** A directory with these files. */
async function repository(files: Readonly<Record<string, string>>): Promise<string> {
  repositories += 1;
  const directory = join(folder, String(repositories));
  await mkdir(directory);
  for (const [path, text] of Object.entries(files)) {
    await mkdir(dirname(join(directory, path)), { recursive: true });
    await writeFile(join(directory, path), text);
  }
  return directory;
}

async function mayflyInit(directory: string, prefix = "mayfly"): Promise<{ code: number; out: string; error: string }> {
  const written = { out: "", error: "" };
  const code = await init(
    directory,
    { prefix },
    { out: (text) => void (written.out += text), error: (text) => void (written.error += text) },
  );
  return { code, ...written };
}

async function read(directory: string, path: string): Promise<string> {
  return await readFile(join(directory, path), "utf8");
}

/** The file that was written, by the reader that jobs are planned with. */
async function runnersOf(directory: string): Promise<Readonly<Record<string, unknown>>> {
  const { config, problems } = readRunnerConfig(await read(directory, ".github/runner.yml"), yamlReader());
  expect(problems).toEqual([]);
  return Object.fromEntries([...(config?.runners ?? [])].map(([name, { values }]) => [name, values]));
}

function workflow(jobs: Readonly<Record<string, string>>): string {
  const texts = Object.entries(jobs).map(
    ([key, runsOn]) => `  ${key}:\n    runs-on: ${runsOn}\n    steps:\n      - run: echo\n`,
  );
  return `on: push\njobs:\n${texts.join("")}`;
}

const actionlint = `self-hosted-runner:
  # \`*\` does not match a slash here, hence one line for each depth.
  labels:
    - mayfly
    - mayfly/*
    - mayfly/*/*
    - mayfly/*/*/*
`;

describe("mayfly init", () => {
  test("a repository without workflows gets an example and what actionlint needs", async () => {
    const directory = await repository({ ".git/HEAD": "" });
    expect(await mayflyInit(directory)).toEqual({
      code: 0,
      out:
        ".github/runner.yml: written (an example, no label of the workflows needs a runner)\n" +
        ".github/actionlint.yaml: written\n",
      error: "",
    });
    expect(await runnersOf(directory)).toEqual({});
    expect(await read(directory, ".github/runner.yml")).toMatch(/^# {3}build: # runs-on: mayfly\/build\n# {5}cpu: 4/m);
    expect(await read(directory, ".github/actionlint.yaml")).toBe(actionlint);
  });

  test("the example is fine where its comments are taken away", async () => {
    const directory = await repository({ ".git/HEAD": "" });
    await mayflyInit(directory);
    const [, example = ""] = (await read(directory, ".github/runner.yml")).split("\n\n");
    const { config, problems } = readRunnerConfig(example.replaceAll(/^# /gm, ""), yamlReader());
    expect(problems).toEqual([]);
    expect(config?.runners.get("build")?.values).toEqual({ cpu: 4, "memory-gb": 8, "timeout-minutes": 30 });
  });

  test("each runner that labels name is defined, with the jobs that use it", async () => {
    const directory = await repository({
      ".github/workflows/ci.yml": workflow({
        lint: "mayfly/lambda",
        test: "[self-hosted, mayfly/Build]",
        wide: "mayfly/build/cpu=16/run=${{ github.run_id }}",
        plain: "mayfly",
        hosted: "ubuntu-latest",
        any: "${{ inputs.where }}",
      }),
      ".github/workflows/release.yaml": workflow({ sign: "[mayfly/arm, linux, arm64]", also: "mayfly/1e3" }),
      ".github/workflows/notes.md": "no workflow",
    });
    expect(await mayflyInit(directory)).toEqual({
      code: 0,
      out: ".github/runner.yml: written (build, arm, 1e3)\n.github/actionlint.yaml: written\n",
      error: "",
    });
    expect(await runnersOf(directory)).toEqual({
      build: { execution: "auto" },
      arm: { execution: "auto", arch: "arm64" },
      "1e3": { execution: "auto" },
    });
    const text = await read(directory, ".github/runner.yml");
    expect(text).toContain("  build: # runs-on: mayfly/build, in ci.yml (test, wide)\n    execution: auto");
    expect(text).toContain("#   [mayfly/build, self-hosted]: ci.yml (test)\n");
    expect(text).toContain("#   mayfly/build/cpu=16: ci.yml (wide)\n");
    expect(text).toContain("#   ubuntu-latest: ci.yml (hosted)\n");
    expect(text).toContain("#   known in a run only: ci.yml (any)\n");
  });

  test("labels that would get no machine are told, each with its place", async () => {
    const directory = await repository({
      ".github/workflows/ci.yml": workflow({
        one: "mayfly-lint",
        two: "[mayfly/build, gpu]",
        three: "[mayfly/arm, arm64]",
        four: "[mayfly/arm, x64]",
        five: "mayfly/größe",
      }),
      ".github/workflows/wrong.yml": "jobs: [",
    });
    const { code, error } = await mayflyInit(directory);
    expect(code).toBe(0);
    expect(error.split("\n")).toEqual([
      expect.stringMatching(/^\.github\/workflows\/wrong\.yml: not read: /),
      expect.stringMatching(/^\.github\/workflows\/ci\.yml:4: `mayfly-lint` is no Mayfly label: write `mayfly\/lint`/),
      expect.stringMatching(/^\.github\/workflows\/ci\.yml:8: MF-LABEL-BESIDE: .*`gpu`/),
      expect.stringMatching(/^\.github\/workflows\/ci\.yml:16: MF-LABEL-CONTRADICTION: .*`x64`/),
      expect.stringMatching(/^\.github\/workflows\/ci\.yml:20: no runner can be called `größe`/),
      "",
    ]);
    expect(Object.keys(await runnersOf(directory))).toEqual(["arm"]);
  });

  test("what is there stays as it is", async () => {
    const files = {
      ".github/runner.yml": "runners: {mine: {cpu: 2}}\n",
      ".github/actionlint.yaml": "self-hosted-runner:\n  labels: [mayfly, gpu]\n",
    };
    const directory = await repository(files);
    expect(await mayflyInit(directory)).toEqual({
      code: 0,
      out:
        ".github/runner.yml: is there already, left as it is\n" +
        ".github/actionlint.yaml: is there already, left as it is; add to `self-hosted-runner: labels:`\n" +
        "    - mayfly/*\n    - mayfly/*/*\n    - mayfly/*/*/*\n",
      error: "",
    });
    for (const [path, text] of Object.entries(files)) expect(await read(directory, path)).toBe(text);
  });

  test("a second time there is nothing to do", async () => {
    const directory = await repository({ ".github/workflows/ci.yml": workflow({ test: "mayfly/build" }) });
    await mayflyInit(directory);
    const text = await read(directory, ".github/runner.yml");
    expect(await mayflyInit(directory)).toEqual({
      code: 0,
      out:
        ".github/runner.yml: is there already, left as it is\n" +
        ".github/actionlint.yaml: is there already, left as it is; knows Mayfly's labels\n",
      error: "",
    });
    expect(await read(directory, ".github/runner.yml")).toBe(text);
  });

  test("a configuration of actionlint that cannot be read, or has the other ending, is left as it is", async () => {
    const directory = await repository({ ".github/actionlint.yml": "self-hosted-runner: [" });
    const { code, out } = await mayflyInit(directory);
    expect({ code, out }).toEqual({
      code: 0,
      out: expect.stringMatching(/actionlint\.yml: is there .*\n {4}- mayfly\n/),
    });
    await expect(read(directory, ".github/actionlint.yaml")).rejects.toThrow("ENOENT");
  });

  test("deeper labels get deeper patterns", async () => {
    const label = "mayfly/build/cpu=4/memory-gb=8/disk-gb=60/run=${{ github.run_id }}";
    const directory = await repository({ ".github/workflows/ci.yml": workflow({ test: label }) });
    await mayflyInit(directory);
    expect(await read(directory, ".github/actionlint.yaml")).toContain("    - mayfly/*/*/*/*/*\n");
  });

  test("another prefix: its labels, and no others, in all that is written", async () => {
    const jobs = { test: "acme/build", theirs: "mayfly/lint", near: "acme-wide" };
    const directory = await repository({ ".github/workflows/ci.yml": workflow(jobs) });
    const { out, error } = await mayflyInit(directory, "acme");
    expect(out).toContain(".github/runner.yml: written (build)\n");
    expect(error).toMatch(/^\.github\/workflows\/ci\.yml:12: .* write `acme\/wide` .*\n$/);
    const text = await read(directory, ".github/runner.yml");
    expect(text).toContain("`npx mayfly lint --prefix acme` checks this file");
    expect(text).toContain("  build: # runs-on: acme/build, in ci.yml (test)\n");
    expect(await read(directory, ".github/actionlint.yaml")).toBe(actionlint.replaceAll("- mayfly", "- acme"));
    const unused = await repository({ ".git/HEAD": "" });
    await mayflyInit(unused, "acme");
    expect(await read(unused, ".github/runner.yml")).toContain("#   build: # runs-on: acme/build\n");
  });

  test("hundreds of jobs and hostile names make a file that can be read", async () => {
    const names = Array.from({ length: 400 }, (_, index) => `job-${index}`);
    const jobs = Object.fromEntries(names.map((name) => [name, `"mayfly/${name}/run=\\u2028 runners: {x: y}"`]));
    const directory = await repository({ ".github/workflows/ci.yml": workflow(jobs) });
    const { out } = await mayflyInit(directory);
    expect(out).toMatch(/written \(job-0, .*, job-9 and 390 more; only the first 100 have a place in it\)\n/);
    expect(Object.keys(await runnersOf(directory))).toHaveLength(100);
  });

  test("a directory that is no repository is exit 1, and nothing is written", async () => {
    const directory = await repository({ "README.md": "" });
    const { code, out, error } = await mayflyInit(directory);
    expect({ code, out }).toEqual({ code: 1, out: "" });
    expect(error).toBe(`${directory}: is no repository, it has neither .git nor .github. Give the path of one.\n`);
    await expect(read(directory, ".github/runner.yml")).rejects.toThrow("ENOENT");
  });

  test("what cannot be written is exit 2", async () => {
    const directory = await repository({ ".git": "gitdir: elsewhere", ".github": "a file" });
    const { code, error } = await mayflyInit(directory);
    expect({ code, error }).toEqual({ code: 2, error: expect.stringMatching(/EEXIST|ENOTDIR/) });
  });
});
