import { existsSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { execFileSync } from "node:child_process";
import { describe, expect, test } from "@jest/globals";
import { parse } from "yaml";
import { errorsPage } from "../../scripts/docs-errors.ts";
import { catalogue } from "../../src/core/errors/catalogue.ts";
import { readOptions } from "../../src/entrypoints/local/options.ts";
import { root, sourceFiles } from "./source-files.ts";

const text = (file: string): string => readFileSync(join(root, file), "utf8");
const tracked = execFileSync("git", ["ls-files", "--cached", "--others", "--exclude-standard"], { cwd: root })
  .toString()
  .trim()
  .split("\n")
  .filter((file) => existsSync(join(root, file)));
const documents = tracked.filter((file) => file.endsWith(".md"));

describe("docs/errors.md", () => {
  test("says what the catalogue says; `node scripts/docs-errors.ts` writes it", async () => {
    expect(text("docs/errors.md")).toBe(await errorsPage());
  });

  test("every code is given somewhere", () => {
    const sources = sourceFiles("src/core").filter((file) => !file.path.endsWith("catalogue.ts"));
    const unused = Object.keys(catalogue).filter((code) => !sources.some((file) => file.text.includes(`"${code}"`)));
    expect(unused).toEqual([]);
  });
});

describe("documents", () => {
  test("links between them lead somewhere", () => {
    const dead = documents.flatMap((file) =>
      [...text(file).matchAll(/\]\((?!https?:|#)([^)#\s]+)[^)]*\)/g)]
        .filter(([, target]) => !existsSync(join(root, dirname(file), target ?? "")))
        .map(([, target]) => `${file}: ${target}`),
    );
    expect(dead).toEqual([]);
  });

  test("files that docs/design.md names are there", () => {
    const named = [...text("docs/design.md").matchAll(/`((?:src|test|runner-image|scripts)\/[\w./-]+\.ts)`/g)];
    expect(named.length).toBeGreaterThan(15);
    for (const [, file] of named) expect([file, existsSync(join(root, file ?? ""))]).toEqual([file, true]);
  });

  test("every option of npm start that README names exists, and the other way round", () => {
    let help = "";
    readOptions(["--help"], {}, { out: (more) => (help += more), error: () => undefined });
    const offered = new Set([...help.matchAll(/--[a-z]+/g)].map(([option]) => option));
    const named = new Set([...text("README.md").matchAll(/`?(--[a-z]+)\b/g)].map(([, option]) => option ?? ""));
    named.delete("--silent"); // npm's own
    offered.delete("--help");
    expect([...named].toSorted()).toEqual([...offered].toSorted());
  });
});

describe("app.yml", () => {
  const manifest = parse(text("app.yml")) as {
    default_permissions: Record<string, string>;
    default_events: string[];
    public: boolean;
  };

  test("asks for the final set at once", () => {
    expect(manifest.default_permissions).toEqual({
      administration: "write",
      actions: "write",
      checks: "write",
      contents: "read",
      pull_requests: "read",
      metadata: "read",
    });
    expect(manifest.default_events.toSorted()).toEqual(
      ["workflow_job", "workflow_run", "push", "pull_request", "check_run", "check_suite"].toSorted(),
    );
    expect(manifest.public).toBe(false);
  });

  test("says beside each why, and what is lost without it; the organisation's variant is documented", () => {
    const lines = text("app.yml").split("\n");
    const asked = [
      ...Object.keys(manifest.default_permissions).map((name) => `  ${name}: `),
      ...manifest.default_events.map((name) => `  - ${name}`),
    ];
    for (const start of asked) {
      const at = lines.findIndex((line) => line.startsWith(start));
      expect([start, lines[at - 1]]).toEqual([start, expect.stringMatching(/^ {2}# /)]);
    }
    expect(text("app.yml")).toContain("organization_self_hosted_runners: write");
  });
});

test("the CI workflow has least permissions and pins what it uses", () => {
  const workflow = text(".github/workflows/ci.yml");
  expect((parse(workflow) as { permissions: unknown }).permissions).toEqual({ contents: "read" });
  const uses = [...workflow.matchAll(/uses: (\S+)/g)].map((match) => match[1]);
  expect(uses.length).toBeGreaterThan(0);
  for (const action of uses) expect(action).toMatch(/@[0-9a-f]{40}$/);
});

test("the licence is Apache-2.0", () => {
  expect(text("LICENSE")).toContain("Apache License");
  expect((JSON.parse(text("package.json")) as { license: string }).license).toBe("Apache-2.0");
});
