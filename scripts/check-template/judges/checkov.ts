import * as z from "zod";
import type { Findings, Laid } from "./judge.ts";
import { askPython } from "./python-judge.ts";

const report = z.object({
  results: z.object({
    failed_checks: z.array(
      z.object({ check_id: z.string(), check_name: z.string(), resource: z.string(), file_abs_path: z.string() }),
    ),
  }),
  // zero and no failed checks is what it says of files that it cannot read
  summary: z.object({ passed: z.int().positive(), parsing_errors: z.literal(0) }),
});

/** What a scanner for mistakes in infrastructure says of templates, without asking anybody. */
export async function checkov(laid: readonly Laid[]): Promise<Findings> {
  const files = laid.flatMap(({ file }) => ["--file", file]);
  const options = [...files, "--framework", "cloudformation", "--skip-download", "--quiet", "--output", "json"];
  const { results, summary } = report.parse(
    JSON.parse(
      await askPython("checkov==3.3.30", "from checkov.main import Checkov; sys.exit(Checkov().run())", options),
    ),
  );
  const nameOf = (file: string): string => laid.find((each) => each.file === file)?.name ?? file;
  return {
    passed: summary.passed,
    findings: results.failed_checks.map((failed) => ({
      name: nameOf(failed.file_abs_path),
      rule: failed.check_id,
      resource: failed.resource,
      message: failed.check_name,
    })),
  };
}
