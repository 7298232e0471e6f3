import { readFile, writeFile } from "node:fs/promises";
import { format, resolveConfig } from "prettier";
import { policyOptions } from "../src/core/planning/policy-options.ts";
import type { FileKey, FileKeys, FileRule } from "../src/core/planning/runner-config/file-rule.ts";
import { keySection } from "./docs-keys.ts";

const file = "docs/policy-yml.md";

/** The example of the page; a test reads it as Mayfly does. */
export const policyExampleFile = "examples/policy.yml";

/** docs/policy-yml.md as the table of keys wants it. */
export async function policyYmlPage(): Promise<string> {
  const text = [
    "# `policy.yml`",
    "The operator's file: who may use Mayfly and for what. Repositories shape their runners in their own",
    "`.github/runner.yml` ([runner-yml.md](runner-yml.md)) within these limits, and can only tighten them.",
    "",
    "```yaml",
    (await readFile(policyExampleFile, "utf8")).trimEnd(),
    "```",
    "",
    "It is read again within a minute of a change, without a deployment. A file with an error is never used: the last one",
    "without errors stays in force, and the log says why. Without any file strangers get nothing, which is also what an",
    "empty file says: runs of forks and public repositories are denied, no images, roles and subnets are defined, and",
    "everything else is open.",
    "",
    "`npx mayfly lint --policy policy.yml` checks it, and holds `.github/runner.yml` against it. A `.github/runner.yml` that",
    "asks for more than the policy allows has an error that names the limit with its line here. The caps of `max-runners` are",
    "no errors there: whoever asks for more waits in line.",
    "",
    "Values are not converted, keys that are not on this page are errors, and the codes of problems are those of",
    "[runner-yml.md](runner-yml.md#when-something-is-wrong). Editors complete and check the file by its",
    "[JSON Schema](../schema/policy.schema.json), named in the first line:",
    "`# yaml-language-server: $schema=…/schema/policy.schema.json`.",
    "",
    "## Keys",
    ...Object.entries<FileKey>(policyOptions).flatMap(([key, option]) => [
      ...keySection("###", `\`${key}\``, option),
      ...insideOf(key, option.rule),
    ]),
    "This page is written by `node scripts/docs-policy-yml.ts` from `src/core/planning/policy-options.ts`.",
  ].join("\n");
  return await format(text, { ...(await resolveConfig(file)), parser: "markdown" });
}

/** Keys of what stands below a key; those of a runner have a page of their own. */
function insideOf(key: string, rule: FileRule): string[] {
  if (key === "defaults") return [];
  const keys = keysOf(rule);
  const name = rule.type === "names" ? ".NAME" : "";
  return Object.entries(keys).flatMap(([inner, option]) => keySection("####", `\`${key}${name}.${inner}\``, option));
}

function keysOf(rule: FileRule): FileKeys {
  if (rule.type === "keys") return rule.keys;
  return rule.type === "names" || rule.type === "items" ? keysOf(rule.of) : {};
}

if (import.meta.main) await writeFile(file, await policyYmlPage());
