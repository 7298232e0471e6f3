import { describe, expect, test } from "@jest/globals";
import { build, transform } from "esbuild";
import { importsOf, root, sourceFiles } from "./source-files.ts";

const src = sourceFiles("src");
const all = [...src, ...sourceFiles("runner-image"), ...sourceFiles("scripts")];
const core = src.filter((file) => file.path.startsWith("src/core/"));

/** Imports at run time, read by a real parser that leaves type imports out: file → files of the repository. */
async function runtimeImports(): Promise<Map<string, string[]>> {
  const { metafile } = await build({
    absWorkingDir: root,
    entryPoints: all.map((file) => file.path),
    bundle: true,
    packages: "external",
    platform: "node",
    format: "esm",
    target: "node24",
    metafile: true,
    write: false,
    outdir: "dist",
    logLevel: "silent",
  });
  return new Map(
    Object.entries(metafile.inputs).map(([path, { imports }]) => [
      path,
      imports.filter((one) => one.external !== true).map((one) => one.path),
    ]),
  );
}

function outside(files: typeof src, allowed: (imported: string) => boolean): string[] {
  return files.flatMap((file) =>
    importsOf(file)
      .filter((imported) => !allowed(imported))
      .map((imported) => `${file.path} imports ${imported}`),
  );
}

describe("rings: imports go inwards only, types too", () => {
  test("the core imports the core and nothing else", () => {
    expect(core.length).toBeGreaterThan(20);
    expect(outside(core, (imported) => imported.startsWith("src/core/"))).toEqual([]);
  });

  test("adapters import the core, themselves and packages", () => {
    const adapters = src.filter((file) => file.path.startsWith("src/adapters/"));
    const allowed = (imported: string): boolean =>
      !/^(src|test|scripts|runner-image)\//.test(imported) || /^src\/(core|adapters)\//.test(imported);
    expect(adapters.length).toBeGreaterThan(10);
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

  test("nothing in src imports tests", () => {
    expect(outside(all, (imported) => !imported.startsWith("test/"))).toEqual([]);
  });

  test("no import escapes these checks: they see what the bundler sees", async () => {
    const seen = new Map(all.map((file) => [file.path, new Set(importsOf(file))]));
    const graph = await runtimeImports();
    const missed = [...graph].flatMap(([path, imports]) => imports.filter((one) => !seen.get(path)?.has(one)));
    expect(graph.size).toBeGreaterThan(all.length / 2);
    expect(missed).toEqual([]);
  });
});

/** Circles of a graph, each as the path around it. */
function circlesOf(graph: ReadonlyMap<string, readonly string[]>): string[] {
  const finished = new Set<string>();
  const circles: string[] = [];
  const visit = (path: string, above: readonly string[]): void => {
    if (above.includes(path)) circles.push([...above.slice(above.indexOf(path)), path].join(" → "));
    if (finished.has(path) || above.includes(path)) return;
    for (const imported of graph.get(path) ?? []) visit(imported, [...above, path]);
    finished.add(path);
  };
  for (const path of graph.keys()) visit(path, []);
  return circles;
}

describe("nothing imports in a circle", () => {
  test("in the repository", async () => {
    expect(circlesOf(await runtimeImports())).toEqual([]);
  });

  test("a circle would be found", () => {
    const graph = new Map([["a", ["b"]], ["b", ["c"]], ["c", ["b"]]]); // prettier-ignore
    expect(circlesOf(graph)).toEqual(["b → c → b"]);
  });
});

describe("the core is pure: no clock, randomness, timers, network or console of its own", () => {
  const impure = (
    "Date.now Math.random setTimeout setInterval setImmediate queueMicrotask performance fetch WebSocket crypto " +
    "console process globalThis Buffer require"
  ).split(" ");
  const define = Object.fromEntries(impure.map((name) => [name, `impure_${name.replace(".", "_")}`]));

  /** Global names that code really uses: not those in comments, texts, or of its own variables. */
  async function impurities(code: string): Promise<string[]> {
    const found = await transform(code, { loader: "ts", define, legalComments: "none" });
    return [...found.code.matchAll(/\bimpure_\w+|\bnew Date\(\)|\bDate\(\)/g)].map(([name]) => name);
  }

  test("in every file", async () => {
    const found = await Promise.all(core.map(async ({ path, text }) => [path, await impurities(text)] as const));
    expect(found.filter(([, names]) => names.length > 0)).toEqual([]);
  });

  test.each([
    "Date.now()",
    "new Date().getTime()",
    "Math.random()",
    "setTimeout(f, 1)",
    "await fetch(u)",
    "globalThis.x",
  ])("%s would be found", async (code) => {
    expect(await impurities(`export const x = async (f: any, u: any) => { return ${code}; };`)).toHaveLength(1);
  });

  test("what only looks like it is not", async () => {
    const code =
      "// Date.now()\nexport const x = (core: any, fetch: any) => [core.process, fetch(1), new Date(0), 'console'];";
    expect(await impurities(code)).toEqual([]);
  });
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
    // Secrets Manager is what AWS calls it.
    const vague =
      /(?:^|[-/])(?:(?<!secrets-)managers?|helpers?|utils?|utilit(?:y|ies)|services?|misc|common)(?:[-./]|$)/i;
    expect(all.filter((file) => vague.test(file.path)).map((file) => file.path)).toEqual([]);
  });

  test("hold no unfinished business", () => {
    expect(all.filter((file) => /\b(TODO|FIXME|XXX)\b/.test(file.text)).map((file) => file.path)).toEqual([]);
  });
});
