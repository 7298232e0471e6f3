import { describe, expect, test } from "@jest/globals";
import { importsOf, sourceFiles } from "./source-files.ts";

const src = sourceFiles("src");
const all = [...src, ...sourceFiles("runner-image"), ...sourceFiles("scripts")];

function outside(files: typeof src, allowed: (imported: string) => boolean): string[] {
  return files.flatMap((file) =>
    importsOf(file)
      .filter((imported) => !allowed(imported))
      .map((imported) => `${file.path} imports ${imported}`),
  );
}

describe("rings: imports go inwards only", () => {
  test("the core imports the core and nothing else", () => {
    const core = src.filter((file) => file.path.startsWith("src/core/"));
    expect(core.length).toBeGreaterThan(20);
    expect(outside(core, (imported) => imported.startsWith("src/core/"))).toEqual([]);
  });

  test("adapters import the core, themselves and packages", () => {
    const adapters = src.filter((file) => file.path.startsWith("src/adapters/"));
    const allowed = (imported: string): boolean =>
      !imported.startsWith("src/") || imported.startsWith("src/core/") || imported.startsWith("src/adapters/");
    expect(outside(adapters, allowed)).toEqual([]);
  });

  test("only the local entry point knows the sandbox, and the sandbox never knows an entry point", () => {
    const product = src.filter(
      (file) => !file.path.startsWith("src/sandbox/") && !file.path.startsWith("src/entrypoints/local/"),
    );
    expect(outside(product, (imported) => !imported.startsWith("src/sandbox/"))).toEqual([]);
    const sandbox = src.filter((file) => file.path.startsWith("src/sandbox/"));
    expect(outside(sandbox, (imported) => !imported.startsWith("src/entrypoints/"))).toEqual([]);
  });

  test("the program on the machine shares nothing with the control plane", () => {
    expect(outside(sourceFiles("runner-image"), (imported) => !imported.startsWith("src/"))).toEqual([]);
  });
});

test("nothing imports in a circle", () => {
  const graph = new Map(all.map((file) => [file.path, importsOf(file)]));
  const finished = new Set<string>();
  const circles: string[] = [];
  const visit = (path: string, above: readonly string[]): void => {
    if (above.includes(path)) circles.push([...above.slice(above.indexOf(path)), path].join(" → "));
    if (finished.has(path) || above.includes(path)) return;
    for (const imported of graph.get(path) ?? []) if (graph.has(imported)) visit(imported, [...above, path]);
    finished.add(path);
  };
  for (const path of graph.keys()) visit(path, []);
  expect(circles).toEqual([]);
});

test("the core is pure: no clock, randomness, timers, network or console of its own", () => {
  const impure = /\b(Date\.now|new Date\(\)|Math\.random|setTimeout|setInterval|fetch\(|console\.(?:log|error|warn|info|debug)|process\.|crypto\.)/;
  const found = src
    .filter((file) => file.path.startsWith("src/core/"))
    .flatMap((file) => file.text.split("\n").map((line, index) => ({ line, where: `${file.path}:${index + 1}` })))
    .filter(({ line }) => impure.test(line.replace(/^\s*(\*|\/\/|\/\*).*/, "")));
  expect(found).toEqual([]);
});

test("product code reads the environment in entry points only", () => {
  const readers = src.filter(
    (file) => !file.path.startsWith("src/entrypoints/") && !file.path.startsWith("src/sandbox/"),
  );
  expect(readers.filter((file) => file.text.includes("process.env")).map((file) => file.path)).toEqual([]);
});

describe("files", () => {
  test("are small: at most 300 lines, half of them at most 80", () => {
    expect(all.filter((file) => file.lines > 300).map((file) => file.path)).toEqual([]);
    const sizes = src.map((file) => file.lines).toSorted((left, right) => left - right);
    expect(sizes[Math.floor(sizes.length / 2)]).toBeLessThanOrEqual(80);
  });

  test("have names that say what they are", () => {
    const vague = /(?:^|[-/])(?:manager|helpers?|utils?|services?|misc|common)(?:[-./]|$)/i;
    expect(all.filter((file) => vague.test(file.path)).map((file) => file.path)).toEqual([]);
  });

  test("hold no unfinished business", () => {
    expect(all.filter((file) => /\b(TODO|FIXME|XXX)\b/.test(file.text)).map((file) => file.path)).toEqual([]);
  });
});
