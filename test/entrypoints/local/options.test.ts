import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { faultHelpText, readOptions } from "../../../src/entrypoints/local/options.ts";
import { findWorkflow, readRepository } from "../../../src/entrypoints/local/read-repository.ts";
import { faultSupply, parseFault } from "../../../src/sandbox/faults.ts";
import type { FaultCatalogue } from "../../../src/sandbox/faults.ts";

const catalogue: FaultCatalogue = {
  github: {
    "generate-jitconfig": { kinds: ["lost-reply", "status"], codes: ["rate-limit"] },
    webhook: { kinds: ["drop"], codes: [] },
  },
  lambda: { Invoke: { kinds: ["lost-reply", "status"], codes: ["TooManyRequestsException"] } },
};

function read(...args: string[]): { result: ReturnType<typeof readOptions>; out: string; error: string } {
  const written = { out: "", error: "" };
  const result = readOptions(args, catalogue, {
    out: (text) => (written.out += text),
    error: (text) => (written.error += text),
  });
  return { result, ...written };
}

describe("options", () => {
  test("nothing asked for", () => {
    expect(read().result).toEqual({
      options: { once: false, json: false, backend: "sqlite", faults: [], faultHelp: false },
    });
  });

  test("everything asked for", () => {
    const plain = "--once --json --port 4000 --repo d --workflow ci.yml --backend aws-local --data x".split(" ");
    const { result } = read(...plain, "--fault", "lambda.Invoke:lost-reply:2", "--fault", "github.webhook:drop");
    expect(result).toEqual({
      options: {
        once: true,
        json: true,
        port: 4000,
        repo: "d",
        workflow: "ci.yml",
        data: "x",
        backend: "aws-local",
        faultHelp: false,
        faults: [
          { service: "lambda", operation: "Invoke", kind: "lost-reply", count: 2 },
          { service: "github", operation: "webhook", kind: "drop", count: 1 },
        ],
      },
    });
  });

  test.each([
    [["--port", "0"], "1 to 65535"],
    [["--port", "x"], "1 to 65535"],
    [["--json"], "--json needs --once"],
    [["--nope"], "unknown option"],
    [["--backend", "postgres"], "sqlite, aws-local"],
    [["--fault", "lambda"], "SERVICE.OPERATION:KIND"],
    [["--fault", "s3.Put:500"], "there is github, lambda"],
    [["--fault", "lambda.List:500"], "it has Invoke"],
    [["--fault", "lambda.Invoke:explode"], "takes lost-reply, status, TooManyRequestsException"],
    [["--fault", "github.webhook:500"], "takes drop"],
    [["--fault", "lambda.Invoke:500:0"], "COUNT must be 1 or more"],
  ])("%j is explained", (args, message) => {
    const { result, error } = read(...args);
    expect(result).toEqual({ stop: 2 });
    expect(error).toContain(message);
  });

  test("--help and --fault help", () => {
    const help = read("--help");
    expect(help.result).toEqual({ stop: 0 });
    for (const name of [
      "--once",
      "--json",
      "--port",
      "--repo",
      "--workflow",
      "--fault",
      "--data",
      "MAYFLY_SANDBOX_WAIT_SECONDS",
    ]) {
      expect(help.out).toContain(name);
    }
    expect(read("--fault", "help").result).toMatchObject({ options: { faultHelp: true } });
    expect(faultHelpText(catalogue)).toContain("lambda.Invoke: lost-reply, 400…599, TooManyRequestsException");
  });

  test("faults are used up one by one, in their order", () => {
    const supply = faultSupply([
      parseFault("lambda.Invoke:500:2", catalogue),
      parseFault("lambda.Invoke:429", catalogue),
    ]);
    expect(supply.take("github", "webhook")).toBeUndefined();
    expect([1, 2, 3, 4].map(() => supply.take("lambda", "Invoke"))).toEqual(["500", "500", "429", undefined]);
  });
});

describe("a directory as a repository", () => {
  let root = "";
  beforeAll(async () => {
    root = await mkdtemp(join(tmpdir(), "mayfly repo-"));
    await mkdir(join(root, ".github", "workflows"), { recursive: true });
    await mkdir(join(root, "node_modules", "x"), { recursive: true });
    await writeFile(join(root, ".github", "workflows", "ci.yml"), "on: push");
    await writeFile(join(root, ".github", "workflows", "nightly.yaml"), "on: schedule");
    await writeFile(join(root, "node_modules", "x", "index.js"), "no");
    await writeFile(join(root, "picture.png"), Buffer.from([1, 0, 2]));
    await writeFile(join(root, "README.md"), "hello");
  });
  afterAll(async () => {
    await rm(root, { recursive: true });
  });

  test("its text files are read, its name is made one that GitHub allows", async () => {
    const { owner, name, files } = await readRepository(root);
    expect([owner, name]).toEqual(["sandbox", expect.stringMatching(/^mayfly-repo-\w+$/)]);
    expect(Object.keys(files)).toEqual([".github/workflows/ci.yml", ".github/workflows/nightly.yaml", "README.md"]);
  });

  test("a workflow is found by path or name, and the error names those that are there", async () => {
    const { files } = await readRepository(root);
    for (const wanted of ["ci.yml", ".github/workflows/ci.yml", "./.github/workflows/ci.yml"]) {
      expect(findWorkflow(files, wanted)).toBe(".github/workflows/ci.yml");
    }
    expect(() => findWorkflow(files, "x.yml")).toThrow("there is .github/workflows/ci.yml, .github/workflows/nightly");
  });

  test("what cannot be a repository is said", async () => {
    await expect(readRepository(join(root, "nowhere"))).rejects.toThrow("no such directory");
    await expect(readRepository(join(root, "node_modules"))).rejects.toThrow("no file in its .github/workflows");
  });
});
