import { existsSync } from "node:fs";
import { dirname, join } from "node:path";
import { describe, expect, test } from "@jest/globals";
import { readOptions } from "../../src/entrypoints/local/options.ts";
import { awsFaults } from "../../src/sandbox/aws/faults.ts";
import { githubFaults } from "../../src/sandbox/github/faults.ts";
import { repositoryFiles, textOf } from "./repository.ts";
import { root } from "./source-files.ts";

const documents = repositoryFiles().filter((file) => file.endsWith(".md"));
const { scripts } = JSON.parse(textOf("package.json")) as { scripts: Record<string, string> };

/** Commands in code blocks of `sh`, one a line or joined by `&&`. */
function commands(file: string): string[] {
  const blocks = [...textOf(file).matchAll(/^```sh\n([\s\S]*?)^```/gm)].map(([, block]) => block ?? "");
  return blocks.flatMap((block) => block.split(/\n|&&/)).map((line) => line.trim()).filter((line) => line !== ""); // prettier-ignore
}

/** Calls of npm, in code blocks and in running text. */
const npmCalls = documents.flatMap((file) =>
  [...textOf(file).matchAll(/`(npm [^`\n]+)`/g)].flatMap(([, call]) => call?.split("&&") ?? []).concat(commands(file)),
).map((call) => call.trim()).filter((call) => call.startsWith("npm ")); // prettier-ignore

const ownWords: ReadonlySet<string> = new Set(["ci", "cit", "ls"]);

/** Parses what follows `npm start --` as npm start itself does; resolves with what it would complain about. */
function complaint(call: string): string {
  const [, rest = ""] = call.split(" -- ");
  const args = rest.split(/\s+/).filter((arg) => arg !== "" && !/^[A-Z]+$/.test(arg));
  let error = "";
  const write = { out: () => undefined, error: (text: string) => void (error += text) };
  readOptions(args, { github: githubFaults, ...awsFaults }, write);
  return error;
}

describe("commands in the documents", () => {
  test("README has some, for set-up, test and start", () => {
    expect(commands("README.md")).toEqual(expect.arrayContaining(["npm ci", "npm start", "npm cit"]));
  });

  test.each([...new Set(npmCalls)])("%s", (call) => {
    const [, word = "", name = ""] = call.split(/\s+/);
    if (word === "run") expect(Object.keys(scripts)).toContain(name);
    else if (!ownWords.has(word)) expect(Object.keys(scripts)).toContain(word);
    if (word === "start") expect(complaint(call)).toBe("");
  });

  test("a wrong option or fault would be noticed", () => {
    expect(complaint("npm start -- --onse")).toContain("--onse");
    expect(complaint("npm start -- --fault lambda.Invoke:nonsense")).toContain("nonsense");
  });

  test("the options of npm start are in README's table, all of them and no others", () => {
    let help = "";
    readOptions(["--help"], {}, { out: (text) => void (help += text), error: () => undefined });
    const offered = new Set([...help.matchAll(/^ {2}(?:-\w, )?(--[a-z-]+)/gm)].map(([, option]) => option));
    offered.delete("--help");
    const rows = textOf("README.md").split("\n").filter((line) => line.startsWith("| `--")); // prettier-ignore
    const named = rows.flatMap((row) => (row.split(" | ")[0] ?? "").match(/--[a-z-]+/g) ?? []);
    expect(new Set(named)).toEqual(offered);
  });

  test(".ci/run runs what README tells a newcomer to run", () => {
    const run = textOf(".ci/run");
    // `npm cit` is `npm ci` and `npm test`, which it runs one after the other
    for (const call of ["npm ci", "npm test", "npm start --silent -- --once --json"]) expect(run).toContain(call);
    for (const script of ["lint", "typecheck", "build"]) {
      expect(textOf("README.md")).toContain(`npm run ${script}`);
      expect(run).toContain(`npm run ${script}`);
    }
  });
});

/** Names of a page's headings as GitHub makes anchors of them. */
function anchors(file: string): string[] {
  return [...textOf(file).matchAll(/^#+ (.+)$/gm)].map(
    ([, heading = ""]) =>
    heading.toLowerCase().replaceAll(/[^\p{L}\p{N}\- _]/gu, "").replaceAll(" ", "-"), // prettier-ignore
  );
}

describe("documents", () => {
  test("links between them lead to a file, and to a heading where they name one", () => {
    const links = documents.flatMap((file) =>
      [...textOf(file).matchAll(/\]\((?!https?:)([^)\s]+)\)/g)].map(([, link = ""]) => ({ file, link })),
    );
    const dead = links.filter(({ file, link }) => {
      const [path = "", anchor] = link.split("#");
      const target = path === "" ? file : join(dirname(file), path);
      if (!existsSync(join(root, target))) return true;
      return anchor !== undefined && !anchors(target).includes(anchor);
    });
    expect(links.length).toBeGreaterThan(10);
    expect(dead).toEqual([]);
  });

  test.each(documents)("files that %s names are there", (file) => {
    const pattern = /`((?:src|test|runner-image|ec2-bootstrap|scripts|docs|examples|\.ci)\/[\w./-]+)`/g;
    const named = [...textOf(file).matchAll(pattern)].map(([, path = ""]) => path);
    expect(named.filter((path) => !existsSync(join(root, path)))).toEqual([]);
  });

  test("docs/design.md says of each of the 15 rules where it lives or with what it comes", () => {
    const rules = [...textOf("docs/design.md").matchAll(/^(\d+)\. (\*\*[\s\S]*?)(?=^\d+\. \*\*|^\S(?!\d*\.))/gm)];
    expect(rules.map(([, number]) => number)).toEqual(Array.from({ length: 15 }, (_, index) => String(index + 1)));
    for (const [, , rule = ""] of rules) expect(rule).toMatch(/_(?:Lives in_ `src\/[\w/-]+\.ts`|Comes with_ \w)/);
  });
});
