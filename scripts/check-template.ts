import { join } from "node:path";
import { bundleCommands } from "./check-template/bundle-commands.ts";
import { calls } from "./check-template/iam/calls.ts";
import { leastPrivilege } from "./check-template/iam/least-privilege.ts";
import type { Commands } from "./check-template/iam/subjects.ts";
import { judgeTemplates } from "./check-template/judges/judge-templates.ts";
import { packageVariants } from "./check-template/package-variants.ts";
import type { Packaged } from "./check-template/packaged.ts";
import { readPackage } from "./check-template/read-package.ts";
import { unusedExceptions } from "./check-template/security/any-resource.ts";
import { switches } from "./check-template/variants.ts";
import { securityRules } from "./check-template/security/security-rules.ts";
import { statementsOf } from "./check-template/statements.ts";

// `npm run check:template`: judges what `npm run package` has left, and every way to deploy that differs from it.
type Templates = readonly (readonly [name: string, one: Packaged])[];

const problems: string[] = [];

/** A line of counts; what is wrong comes at the end. */
function tell(name: string, counts: string, found: readonly string[]): void {
  problems.push(...found);
  process.stdout.write(`${found.length === 0 ? "ok" : "NOT OK"} ${name}: ${counts}\n`);
}

async function readOwnPackage(): Promise<Packaged> {
  try {
    return await readPackage(join(import.meta.dirname, "../.serverless"));
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "ENOENT") throw error;
    throw new Error('There is no package in .serverless: run "npm run package" first.', { cause: error });
  }
}

function checkSecurity(templates: Templates): void {
  const broken = templates.flatMap(([name, one]) =>
    securityRules.flatMap((rule) => rule.problems(one).map((problem) => `${name}: ${problem} (${rule.name})`)),
  );
  const unused = unusedExceptions(templates.map(([, one]) => one)).map(
    (each) => `scripts/check-template/security/any-resource.ts: ${each} is on * nowhere; remove it`,
  );
  tell("security", `${securityRules.length} rules on ${templates.length} templates`, [...broken, ...unused]);
}

async function checkPrivileges(templates: Templates, commands: Commands): Promise<void> {
  for (const [name, one] of templates) {
    const { problems: found, counts } = await leastPrivilege(one, commands);
    const { roles, statements, needed, denied } = counts;
    tell(
      `least privilege, ${name}`,
      `${roles} roles, ${statements} statements, ${needed} requests allowed, ${denied} denied`,
      found.map((problem) => `${name}: ${problem}`),
    );
  }
}

function sayWhatIsCalled(commands: Commands): void {
  const called = Object.entries(commands).map(([name, list]) => `${name} ${list.length}`);
  process.stdout.write(`calls to AWS in the bundles: ${called.join(", ")}\n`);
  for (const command of new Set(Object.values(commands).flat())) {
    const row = calls[command];
    if (typeof row === "object") process.stdout.write(`  ${command} is never called: ${row.neverCalled}\n`);
  }
}

/** Its permission is the GitHub App's, so it must change no right in AWS. */
function checkOrganizationRunnerGroup({
  standard,
  organizationRunnerGroup: group,
}: Readonly<Record<string, Packaged>>): void {
  if (standard === undefined || group === undefined) throw new Error("a variant is missing");
  const rights = (one: Packaged): string => JSON.stringify(statementsOf(one.template, one.place));
  const found = rights(standard) === rights(group) ? [] : ["organizationRunnerGroup: changes rights in AWS"];
  tell(
    "organizationRunnerGroup",
    "no right in AWS, but organization_self_hosted_runners: write of the GitHub App",
    found,
  );
}

try {
  const own = await readOwnPackage();
  const all = { package: own, ...(await packageVariants()) };
  const templates = Object.entries(all);
  checkSecurity(templates);
  // A switch alone shows them nothing that is not in `everything`.
  const judged = templates.filter(([name]) => !Object.hasOwn(switches, name));
  for (const { name, problems: found, counts } of await judgeTemplates(Object.fromEntries(judged))) {
    tell(name, `${counts} in ${judged.length} templates`, found);
  }
  const commands = await bundleCommands();
  await checkPrivileges(templates, commands);
  checkOrganizationRunnerGroup(all);
  sayWhatIsCalled(commands);
} catch (error) {
  problems.push(`check:template: ${error instanceof Error ? error.message : String(error)}`);
}
for (const problem of problems) process.stderr.write(`${problem}\n`);
process.stdout.write(`${problems.length} problems\n`);
process.exitCode = problems.length === 0 ? 0 : 1;
