import { mkdtemp, realpath, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Packaged } from "../packaged.ts";
import { suppressedInCfnLint, suppressedInCheckov } from "../suppressed.ts";
import { cfnLint } from "./cfn-lint.ts";
import { checkov } from "./checkov.ts";
import { withoutSuppressed } from "./judge.ts";

/** Problems of each judge, and its counts as people read them. */
export type Judged = { readonly name: string; readonly problems: readonly string[]; readonly counts: string };

/** What cfn-lint and checkov say of packaged templates, each by its name, but for what suppressed.ts explains. */
export async function judgeTemplates(all: Readonly<Record<string, Packaged>>): Promise<Judged[]> {
  const folder = await realpath(await mkdtemp(join(tmpdir(), "mayfly-templates-")));
  try {
    const laid = Object.entries(all).map(([name, one]) => ({ name, one, file: join(folder, `${name}.json`) }));
    for (const { file, one } of laid) await writeFile(file, JSON.stringify(one.template));
    const [lint, scan] = await Promise.all([cfnLint(laid), checkov(laid)]);
    const cfn = withoutSuppressed("cfn-lint", laid, lint, suppressedInCfnLint);
    const check = withoutSuppressed("checkov", laid, scan, suppressedInCheckov);
    const explained = (rules: readonly unknown[], suppressed: number): string =>
      `${suppressed} findings explained by ${rules.length} suppressions`;
    return [
      { name: "cfn-lint", problems: cfn.problems, counts: explained(suppressedInCfnLint, cfn.suppressed) },
      {
        name: "checkov",
        problems: check.problems,
        counts: `${scan.passed ?? 0} checks passed, ${explained(suppressedInCheckov, check.suppressed)}`,
      },
    ];
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
