import { execFile } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { promisify } from "node:util";
import { describe, expect, test } from "@jest/globals";
import { root } from "./source-files.ts";

type Tree = { readonly version?: string; readonly dependencies?: Readonly<Record<string, Tree>> };

/** Versions of a package anywhere in a tree that `npm ls` printed. */
function versionsOf(name: string, { dependencies = {} }: Tree): string[] {
  return Object.entries(dependencies).flatMap(([key, tree]) => [
    ...(key === name ? [tree.version ?? "missing"] : []),
    ...versionsOf(name, tree),
  ]);
}

// The Lambda adapter asks for Probot 13; with two Probots events would be lost between them.
describe("there is one Probot", () => {
  const manifest = JSON.parse(readFileSync(join(root, "package.json"), "utf8")) as {
    dependencies: Record<string, string>;
  };

  test("installed: `npm ls probot`", async () => {
    const npm = promisify(execFile)("npm", ["ls", "probot", "--all", "--json"], { cwd: root });
    const found = versionsOf("probot", JSON.parse((await npm).stdout) as Tree);
    expect(found.length).toBeGreaterThan(1);
    expect([...new Set(found)]).toEqual([manifest.dependencies["probot"]]);
  });

  test("in the lock file", () => {
    const lock = JSON.parse(readFileSync(join(root, "package-lock.json"), "utf8")) as {
      packages: Record<string, { version: string }>;
    };
    const found = Object.entries(lock.packages).filter(([path]) => path.endsWith("node_modules/probot"));
    expect(found.map(([, { version }]) => version)).toEqual([manifest.dependencies["probot"]]);
  });
});
