import { readdirSync, readFileSync } from "node:fs";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import * as fc from "fast-check";
import { stringify } from "yaml";
import { yamlReader } from "../../../src/adapters/yaml/yaml-reader.ts";
import { readRunnerConfig } from "../../../src/core/planning/runner-config/read-runner-config.ts";
import { importFile } from "../../../src/entrypoints/cli/import.ts";

const fixtures = join(import.meta.dirname, "../../fixtures/import");
const files = readdirSync(fixtures).filter((name) => !/\.(?:out|err)$/.test(name));
const good = files.filter((name) => !name.startsWith("neither-"));
const neither = files.filter((name) => name.startsWith("neither-"));

async function mayflyImport(file: string): Promise<{ code: number; out: string; error: string }> {
  const written = { out: "", error: "" };
  const code = await importFile(file, {
    out: (text) => void (written.out += text),
    error: (text) => void (written.error += text),
  });
  return { code, ...written };
}

function problemsOf(text: string): readonly unknown[] {
  return readRunnerConfig(text, yamlReader()).problems;
}

describe("mayfly import", () => {
  test.each(good)("%s: what it makes of it, and what has no counterpart", async (name) => {
    const { code, out, error } = await mayflyImport(join(fixtures, name));
    expect({ code, out, error: error.replaceAll(join(fixtures, name), name) }).toEqual({
      code: 0,
      out: readFileSync(join(fixtures, `${name}.out`), "utf8"),
      error: readFileSync(join(fixtures, `${name}.err`), "utf8"),
    });
    expect(problemsOf(out)).toEqual([]);
  });

  test("there are fixtures of both kinds", () => {
    expect({ good: good.length, neither: neither.length }).toEqual({ good: 7, neither: 7 });
  });

  test.each(neither)("%s is exit 1 and says so", async (name) => {
    const file = join(fixtures, name);
    const { code, out, error } = await mayflyImport(file);
    expect({ code, out }).toEqual({ code: 1, out: "" });
    expect(error).toContain(`${file}: is neither a configuration file of RunsOn nor a list of \`self-hosted\` labels.`);
  });

  test("a text that is no YAML is named with its place", async () => {
    const file = join(fixtures, "neither-broken.yml");
    expect((await mayflyImport(file)).error).toMatch(/neither-broken\.yml:\d+:\d+: /);
  });

  test("a file that cannot be read is exit 2", async () => {
    const { code, error } = await mayflyImport(join(fixtures, "nowhere.yml"));
    expect({ code, error }).toEqual({
      code: 2,
      error: expect.stringMatching(/nowhere\.yml: cannot be read: .*ENOENT/),
    });
  });
});

const amount = fc.oneof(
  fc.nat(200),
  fc.array(fc.nat(100), { maxLength: 3 }),
  fc.constantFrom("4+8", "4", "x", -1, 0.3, 1e30, null, true),
);
const runner = fc.record(
  {
    cpu: amount,
    ram: amount,
    family: fc.oneof(
      fc.array(
        fc.constantFrom("c7", "c7g", "c7i.large", "c7g.large", "g5g.xlarge", "a1.large", "m7a.*", "no.such", ""),
        {
          maxLength: 14,
        },
      ),
      fc.constantFrom("c7g+m7g", 7, null),
    ),
    spot: fc.constantFrom(false, true, "false", "pco", "lowest-price", "soon", 1),
    disk: fc.constantFrom("default", "large", "__proto__", 40),
    volume: fc.constantFrom("80gb", "gp3:40gb:500mbps", "0gb", "1tb", 60, "::"),
    image: fc.oneof(
      fc.constantFrom("ubuntu24-full-arm64", "windows22", "img", "i m g", 24.04),
      fc.string({ maxLength: 70 }),
    ),
    ssh: fc.boolean(),
    private: fc.boolean(),
    extras: fc.constantFrom("s3-cache", ["tmpfs", "efs"]),
    constructor: fc.constant(1),
  },
  { requiredKeys: [] },
);
const names = fc.oneof(
  fc.constantFrom("build", "Build", "lambda", "EC2", "default", "a b", "1", "true", "null", "__proto__", "constructor"),
  fc.string({ unit: "grapheme", maxLength: 70 }),
);
const runsOn = fc.record(
  {
    runners: fc.dictionary(names, fc.oneof({ weight: 9, arbitrary: runner }, fc.constantFrom(null, 1, [])), {
      maxKeys: 6,
    }),
    images: fc.dictionary(
      fc.oneof(fc.constantFrom("img", "i m g"), names),
      fc.record({
        arch: fc.constantFrom("x64", "arm64", "x"),
        platform: fc.constantFrom("linux", "windows"),
        ami: names,
      }),
    ),
    admins: fc.constant([]),
  },
  { requiredKeys: ["runners"] },
);
const labels = fc.array(
  fc.array(
    fc.oneof(
      fc.constantFrom("self-hosted", "linux", "X64", "arm64", "gpu", "mayfly", "b]c", '"', "#", "- a", "lambda"),
      names,
    ),
    { maxLength: 5 },
  ),
  { maxLength: 5 },
);

describe("whatever is imported", () => {
  let folder: string;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), "mayfly-import-"));
  });
  afterAll(async () => await rm(folder, { recursive: true }));

  test("the result has no problems, and notes stand on lines that there are", async () => {
    let imported = 0;
    await fc.assert(
      fc.asyncProperty(fc.oneof(runsOn, labels), async (value) => {
        const file = join(folder, "any.yml");
        const text = stringify(value);
        await writeFile(file, text);
        const { code, out, error } = await mayflyImport(file);
        const problems = problemsOf(out);
        if (code === 0) imported += 1;
        if (problems.length > 0) throw new Error(`${out}\n${JSON.stringify(problems)}`);
        const last = text.split("\n").length;
        const wrong = error.split("\n").filter((line) => {
          const at = /any\.yml:(\d+): [^\p{Cc}]+\.$/u.exec(line);
          return code === 0 && line !== "" && (at === null || Number(at[1]) < 1 || Number(at[1]) > last);
        });
        expect({ code, wrong }).toEqual({ code: code === 0 ? 0 : 1, wrong: [] });
      }),
      { numRuns: 400 },
    );
    expect(imported).toBeGreaterThan(100);
  });
});
