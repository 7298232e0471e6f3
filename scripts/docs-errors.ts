import { writeFile } from "node:fs/promises";
import { format, resolveConfig } from "prettier";
import { catalogue } from "../src/core/errors/catalogue.ts";

const file = "docs/errors.md";

/** docs/errors.md as the catalogue wants it. */
export async function errorsPage(): Promise<string> {
  const sections = Object.entries(catalogue).map(
    ([code, { severity, message, remedy }]) =>
      `## ${code}\n\n*${severity}* · ${message}\n\n**What to do:** ${remedy}\n`,
  );
  const text = [
    "# Reasons that Mayfly gives",
    "Every job that has no runner says why, on its run's check run, with one of these codes. A *failure* gets no runner,",
    "a *warning* waits and goes on by itself, a *notice* is for information.",
    "",
    "This page is written by `node scripts/docs-errors.ts` from `src/core/errors/catalogue.ts`.",
    "",
    ...sections,
  ].join("\n");
  return await format(text, { ...(await resolveConfig(file)), parser: "markdown" });
}

if (import.meta.main) await writeFile(file, await errorsPage());
