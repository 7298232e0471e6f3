import * as z from "zod";
import type { Findings, Laid } from "./judge.ts";
import { askPython } from "./python-judge.ts";

const found = z.array(
  z.object({
    Filename: z.string(),
    Message: z.string(),
    Rule: z.object({ Id: z.string() }),
    Location: z.object({ Path: z.array(z.union([z.string(), z.number()])).nullish() }),
  }),
);

/** What AWS's own linter says of templates, in the regions that they are for. */
export async function cfnLint(laid: readonly Laid[]): Promise<Findings> {
  const regions = [...new Set(laid.map(({ one }) => one.place.region))];
  const options = ["--format", "json", "--regions", ...regions, "--template", ...laid.map(({ file }) => file)];
  const list = found.parse(
    JSON.parse(await askPython("cfn-lint==1.58.0", "from cfnlint.runner import main; sys.exit(main())", options)),
  );
  return {
    findings: list.map(({ Filename: file, Message: message, Rule: { Id: rule }, Location: { Path: path } }) => ({
      name: laid.find((each) => each.file === file)?.name ?? file,
      rule,
      resource: (path ?? []).join("/"),
      message,
    })),
  };
}
