import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { yamlReader } from "../../src/adapters/yaml/yaml-reader.ts";
import type { Policy } from "../../src/core/planning/policy/policy.ts";
import { readPolicy } from "../../src/core/planning/policy/read-policy.ts";

const policyFile = "policy.yml";
/** Of an advanced parameter (Systems Manager quotas). */
const mostBytes = 8192;

/**
 * The operator's policy.yml as it will stand in its SSM parameter. Rejects when Mayfly would not take it, so that no
 * deployment puts a broken one in force, when it gives jobs a role that is none of `jobRoles`, and when it is too long.
 */
export async function policyText(folder: string, jobRoles: readonly string[]): Promise<string> {
  const text = await readFile(join(folder, policyFile), "utf8");
  const { policy, problems } = readPolicy(text, yamlReader());
  const errors = problems.filter(({ severity }) => severity === "error");
  if (errors.length > 0) {
    throw new Error(
      errors
        .map(({ line, column, code, message }) => `${policyFile}:${line}:${column}: ${code}: ${message}`)
        .join("\n"),
    );
  }
  checkRoles(policy, jobRoles);
  const bytes = Buffer.byteLength(text);
  if (bytes > mostBytes) {
    throw new Error(
      `${policyFile} has ${bytes} bytes, but an SSM parameter takes ${mostBytes}: shorten it (docs/adr/0015-policy-in-ssm.md).`,
    );
  }
  // The framework would take it for a variable of its own, Parameter Store for a reference.
  if (/\$\{|\{\{/.test(text)) throw new Error(`${policyFile} must hold neither \${ nor {{, not even in a comment.`);
  return text;
}

/** A job would hear it at its first step, from STS. */
function checkRoles(policy: Policy | undefined, jobRoles: readonly string[]): void {
  const missing = [...(policy?.roles ?? [])].filter(([, { arn }]) => !jobRoles.includes(arn));
  if (missing.length === 0) return;
  const named = missing.map(([name, { arn }]) => `${name} (${arn})`).join(", ");
  const all = [...jobRoles, ...new Set(missing.map(([, { arn }]) => arn))].join(",");
  throw new Error(
    `${policyFile} gives jobs roles that Mayfly may not assume: ${named}. Name them in serverless.yml, jobRoles, or by ` +
      `--param="jobRoles=${all}".`,
  );
}
