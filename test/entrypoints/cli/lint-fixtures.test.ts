import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "@jest/globals";
import type { Finding } from "../../../src/entrypoints/cli/formats/formats.ts";
import { runMayfly } from "./run-mayfly.ts";

/** `NAME.yml`, the problems that it has in `NAME.expected.json`, and the operator's policy in `NAME.policy.yml`. */
const folder = join(import.meta.dirname, "../../fixtures/runner-yml");
const names = readdirSync(folder).filter((file) => /^[^.]+\.yml$/.test(file)).map((file) => file.slice(0, -4)); // prettier-ignore

test.each(names)("mayfly lint of %s.yml", async (name) => {
  const [path, policy] = [join(folder, `${name}.yml`), join(folder, `${name}.policy.yml`)];
  const withPolicy = existsSync(policy) ? ["--policy", policy] : [];
  const { code, out, error } = await runMayfly("lint", path, "--format", "json", ...withPolicy);
  const { problems } = JSON.parse(readFileSync(join(folder, `${name}.expected.json`), "utf8")) as {
    problems: (Omit<Finding, "message"> & { message: string[] })[];
  };
  const expected = problems.map(({ message: pieces, ...rest }) => ({
    ...rest,
    path,
    message: expect.stringContaining(pieces[0] ?? ""),
    help: "docs/runner-yml.md#when-something-is-wrong",
  }));
  const isWrong = problems.some(({ severity }) => severity === "error");
  expect({ code, error, findings: JSON.parse(out) as unknown }).toEqual({
    code: isWrong ? 1 : 0,
    error: "",
    findings: expected,
  });
});
