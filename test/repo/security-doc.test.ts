import { existsSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "@jest/globals";
import { transform } from "esbuild";
import { securityRules } from "../../scripts/check-template/security/security-rules.ts";
import { invariants } from "../simulation/invariants.ts";
import { textOf } from "./repository.ts";
import { root } from "./source-files.ts";

const page = "docs/security.md";
const simulation = "test/simulation/invariants.ts";
const templateRules = "test/repo/template/security-rules.ts";

type Row = { readonly id: string; readonly cells: Readonly<Record<string, string>> };

/** Rows of the tables that have an `id`, each cell under the name of its column. */
function readRows(markdown: string): Row[] {
  const tables = [...markdown.matchAll(/^(?:\|.*\|\n)+/gm)].map(([table]) => table.trimEnd().split("\n").map(cellsOf));
  return tables.flatMap(([head = [], , ...rows]) =>
    head[0] === "id"
      ? rows.map((row) => ({
          id: row[0] ?? "",
          cells: Object.fromEntries(head.map((name, at) => [name, row[at] ?? ""])),
        }))
      : [],
  );
}

function cellsOf(line: string): string[] {
  return line.split("|").slice(1, -1).map((cell) => cell.trim()); // prettier-ignore
}

/** Tests that a cell names: a file, then one title or more in quotes. `rest` is what the cell says beside them. */
function readTests(cell: string): { readonly named: { file: string; title: string }[]; readonly rest: string } {
  const pattern = /`([^`"]+)`((?:,? "[^"]+")+)/g;
  const named = [...cell.matchAll(pattern)].flatMap(([, file = "", titles = ""]) =>
    [...titles.matchAll(/"([^"]+)"/g)].map(([, title = ""]) => ({ file, title })),
  );
  return { named, rest: cell.replaceAll(pattern, "").replaceAll(/[;\s]/g, "") };
}

/** Titles of the tests and groups of a file that are run: no comment's, no skipped one's, no other text. */
async function titlesIn(code: string): Promise<ReadonlySet<string>> {
  const { code: plain } = await transform(code, { loader: "ts", charset: "utf8", legalComments: "none" });
  const calls = plain.matchAll(/(?:\b(?:test|describe)|\))\(\s*(["'`])((?:\\.|(?!\1)[^\\])*)\1,/g);
  return new Set([...calls].map(([, , title = ""]) => title.replaceAll(/\\(.)/g, "$1")));
}

async function titlesOf(file: string): Promise<ReadonlySet<string>> {
  if (file === simulation) return new Set(invariants.map(({ name }) => name));
  const titles = existsSync(join(root, file)) ? await titlesIn(textOf(file)) : new Set<string>();
  // each rule is a test there, by `test.each`
  return file === templateRules ? new Set([...titles, ...securityRules.map(({ name }) => name)]) : titles;
}

const rows = readRows(textOf(page));
const met = rows.filter(({ cells }) => "covered by" in cells);
const open = rows.filter(({ cells }) => "comes with" in cells);

describe("the threats of docs/security.md", () => {
  test("are many, each with a name of its own, and a row is of one kind of table or the other", () => {
    expect(met.length).toBeGreaterThanOrEqual(35);
    expect(open.length).toBeGreaterThan(0);
    expect(met.length + open.length).toBe(rows.length);
    expect(rows.filter(({ id }) => !/^[A-Z]\d+$/.test(id))).toEqual([]);
    expect(new Set(rows.map(({ id }) => id)).size).toBe(rows.length);
  });

  test("leave no cell empty", () => {
    const empty = rows.filter(({ cells }) => Object.values(cells).some((cell) => cell === ""));
    expect(empty.map(({ id }) => id)).toEqual([]);
  });

  test.each("STRIDE".split(""))("%s of STRIDE has rows that something meets", (letter) => {
    expect(met.filter(({ cells }) => cells["kind"] === letter).length).toBeGreaterThanOrEqual(3);
  });

  test("are of no other kind", () => {
    expect(rows.filter(({ cells }) => !/^[STRIDE]$/.test(cells["kind"] ?? "")).map(({ id }) => id)).toEqual([]);
  });

  test("stand in one table for each boundary of the diagram, in its order", () => {
    const [diagram = ""] = /^```text\n[\s\S]*?^```/m.exec(textOf(page)) ?? [];
    const drawn = new Set([...diagram.matchAll(/(?<![\w.])(\d+)(?!\w)/g)].map(([, number]) => Number(number)));
    const sections = textOf(page).split(/^## /m).filter((section) => /^\d+\. /.test(section)); // prettier-ignore
    expect(sections.map((section) => Number.parseInt(section, 10))).toEqual([...drawn].toSorted((a, b) => a - b));
    for (const section of sections) {
      const letters = new Set(readRows(section).map(({ id }) => id.charAt(0)));
      expect([section.slice(0, 20), letters.size]).toEqual([section.slice(0, 20), 1]);
    }
  });

  test("that refer to each other name one that is there", () => {
    const ids = new Set(rows.map(({ id }) => id));
    const named = [...textOf(page).matchAll(/\b([WQGAHMSNRPCLDO]\d+)\b/g)].map(([, id = ""]) => id);
    expect(named.filter((id) => !ids.has(id))).toEqual([]);
  });
});

describe("what docs/security.md names", () => {
  test("files are there: in the tables' cells and everywhere else", () => {
    const files = [...textOf(page).matchAll(/`([\w.-]+(?:\/[\w.-]+)*\.(?:[cm]?[jt]s|json|sh|ya?ml|md))`/g)]
      .map(([, file = ""]) => file)
      // of a served repository and of an operator, not of this repository
      .filter((file) => file !== ".github/runner.yml" && file !== "policy.yml");
    expect(files.length).toBeGreaterThan(150);
    expect(files.filter((file) => !existsSync(join(root, file)))).toEqual([]);
  });

  test.each(met.map(({ id, cells }) => [id, cells["met by"] ?? ""]))(
    "%s is met by a file of the product",
    (_, cell) => {
      const files = [...cell.matchAll(/`([^`]+\.\w+)`/g)].map(([, file = ""]) => file);
      expect(files.length).toBeGreaterThan(0);
      expect(files.filter((file) => file.startsWith("test/"))).toEqual([]);
    },
  );

  test.each(met.map(({ id, cells }) => [id, cells["covered by"] ?? ""]))(
    "%s is covered by tests that are in their files, one at least in `npm test`",
    async (_, cell) => {
      const { named, rest } = readTests(cell);
      expect(rest).toBe("");
      expect(named.filter(({ file }) => file !== simulation).length).toBeGreaterThan(0);
      const missing = await Promise.all(
        named.map(async ({ file, title }) => ((await titlesOf(file)).has(title) ? [] : [`${file}: ${title}`])),
      );
      expect(missing.flat()).toEqual([]);
    },
  );
});

describe("a page that has rotted would be noticed", () => {
  const code = [
    'describe("a group", () => {',
    '  test("one", () => {});',
    '  test.each([["a"]])(\n    "two of %s",\n    () => {},\n  );',
    '  test(`it\'s "three"`, () => {});',
    '  // test("a comment", () => {});',
    '  test.skip("skipped", () => {});',
    '  expect(text).toContain("no title");',
    "});",
  ].join("\n");

  test("titles are those of tests that are run", async () => {
    expect([...(await titlesIn(code))]).toEqual(["a group", "one", "two of %s", `it's "three"`]);
  });

  test("a test that is named without its file, or a text beside them, is seen", () => {
    expect(readTests('`a.ts` "one", "two"; `b.ts` "three"')).toEqual({
      named: [
        { file: "a.ts", title: "one" },
        { file: "a.ts", title: "two" },
        { file: "b.ts", title: "three" },
      ],
      rest: "",
    });
    expect(readTests('"one"; `b.ts` "three"').rest).toBe('"one"');
    expect(readTests("`b.ts`").rest).toBe("`b.ts`");
  });

  test("a row's cells are those of its own columns", () => {
    const markdown = "| id | kind |\n| -- | ---- |\n| X1 | S |\n\n| party | x |\n| - | - |\n| GitHub | y |\n";
    expect(readRows(markdown)).toEqual([{ id: "X1", cells: { id: "X1", kind: "S" } }]);
  });
});
