import { describe, expect, test } from "@jest/globals";
import { errorsPage } from "../../scripts/docs-errors.ts";
import { catalogue } from "../../src/core/errors/catalogue.ts";
import { problemKinds } from "../../src/core/planning/runner-config/problem.ts";
import { textOf } from "./repository.ts";
import { sourceFiles } from "./source-files.ts";

const codes = Object.keys(catalogue);
const sources = sourceFiles("src").filter((file) => !file.path.endsWith("catalogue.ts"));

describe("the reasons that Mayfly gives", () => {
  test("docs/errors.md says what the catalogue says; `node scripts/docs-errors.ts` writes it", async () => {
    expect(textOf("docs/errors.md")).toBe(await errorsPage());
  });

  test.each(codes)("%s has the form of a code and is given somewhere", (code) => {
    expect(code).toMatch(/^MF-[A-Z0-9]+(-[A-Z0-9]+)*$/);
    expect(sources.some((file) => file.text.includes(`"${code}"`))).toBe(true);
  });

  test("every code in the sources and documents is in the catalogue, or a problem of runner.yml", () => {
    const documents = ["README.md", "docs/design.md", "docs/operations.md", "docs/security.md", "app.yml"].map(textOf);
    const texts = [...sources.map((file) => file.text), ...documents];
    const named = texts.flatMap((text) => text.match(/\bMF-[A-Z0-9]+(?:-[A-Z0-9]+)*\b/g) ?? []);
    const known = [...codes, ...Object.keys(problemKinds)];
    expect(known).toEqual(expect.arrayContaining([...new Set(named)]));
  });
});
