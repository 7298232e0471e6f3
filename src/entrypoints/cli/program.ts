import { Argument, Command, CommanderError, InvalidArgumentError, Option } from "commander";
import { policySchema } from "../../core/planning/policy-schema.ts";
import { namePattern, nameRule } from "../../core/planning/runner-config/runner-name.ts";
import { runnerSchema } from "../../core/planning/runner-schema.ts";
import { formats } from "./formats/formats.ts";
import { importFile } from "./import.ts";
import { init } from "./init.ts";
import type { InitOptions } from "./init.ts";
import { labelPrefix } from "./label-prefix.ts";
import { lint } from "./lint.ts";
import type { LintOptions } from "./lint.ts";
import { planJob } from "./plan-job.ts";
import type { PlanQuestion } from "./plan/plan-input.ts";
import { addRegister } from "./register-command.ts";
import { addSecret } from "./secret-commands.ts";

export type Write = { readonly out: (text: string) => void; readonly error: (text: string) => void };

/** Takes the exit code of the command that ran. */
type End = (code: number) => void;

const schemas = { runner: runnerSchema, policy: policySchema } as const;

/**
 * The commands of `npx mayfly`. Resolves with the exit code, which each command's `--help` explains; a wrong command line
 * is 2, or 1 for `plan`, where 2 is an answer.
 */
export async function runCli(args: readonly string[], write: Write): Promise<number> {
  let code = 0;
  let wrongUsage = 2;
  const end: End = (ended) => void (code = ended);
  const program = new Command("mayfly")
    .description(
      "Checks what repositories and operators write for Mayfly, says what a job would get, and keeps a deployment's secrets.",
    )
    .exitOverride()
    .configureOutput({ writeOut: write.out, writeErr: write.error })
    .hook("preSubcommand", (_, command) => {
      if (command.name() === "plan") wrongUsage = 1;
    });
  addLint(program, write, end);
  addPlan(program, write, end);
  addFiles(program, write, end);
  addRegister(program, write, end);
  addSecret(program, write, end);
  try {
    await program.parseAsync(args, { from: "user" });
    return code;
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : wrongUsage;
    throw error;
  }
}

function addLint(program: Command, write: Write, end: End): void {
  program
    .command("lint")
    .description("checks .github/runner.yml and the workflows of a repository together, or single files")
    .argument("[paths...]", "directories of repositories, runner.yml, policy.yml or workflow files (default: here)")
    .option("--policy <file>", "the operator's policy.yml; it is checked too (default: everything is allowed)")
    .option("--inherit <file>", "the organisation's runner.yml; it is checked too (default: it defines no runners)")
    .addOption(prefixOption())
    .addOption(
      new Option("--format <format>", "how problems are written").choices(Object.keys(formats)).default("text"),
    )
    .addHelpText(
      "after",
      `
Examples:
  mayfly lint
  mayfly lint --policy policy.yml --format sarif .github/runner.yml

Exit codes:
  0  no errors; there may be warnings and notices
  1  errors
  2  a path cannot be read, or the command line is wrong`,
    )
    .action(async (paths: readonly string[], options: LintOptions) => {
      end(await lint(paths.length === 0 ? ["."] : paths, options, write));
    });
}

function addPlan(program: Command, write: Write, end: End): void {
  program
    .command("plan")
    .description("says what a job would get, why, and what it would cost, from files alone")
    .option("--repo <dir>", "the repository", ".")
    .option("--config <file>", "read instead of the repository's .github/runner.yml")
    .option("--inherit <file>", "the organisation's runner.yml (default: it defines no runners)")
    .option("--policy <file>", "the operator's policy.yml (default: everything is allowed)")
    .option("--workflow <file>", "the job's workflow, by its path or file name; with --job")
    .option("--job <name>", "the job's key, or its name")
    .option("--labels <label>", "instead of a workflow: a label of the job, once for each", append)
    .option("--event <name>", "the event of the run")
    .option("--fork", "the run is of a fork, or its event was caused by somebody without write access")
    .option("--history <file>", 'what such jobs did before: {"jobs": [{"execution": "lambda", "seconds": 41}]}')
    .addOption(prefixOption())
    .addOption(new Option("--format <format>", "how the plan is written").choices(["text", "json"]).default("text"))
    .addHelpText(
      "after",
      `
Examples:
  mayfly plan --workflow ci.yml --job build
  mayfly plan --labels self-hosted --labels mayfly/build --format json

Exit codes:
  0  the job gets a machine
  1  there is no such file or job, or the command line is wrong
  2  the job is not Mayfly's
  3  the job is refused
  4  the job waits`,
    )
    .action(async ({ format, ...question }: PlanQuestion & { readonly format: string }) => {
      end(await planJob(question, format === "json" ? "json" : "text", write));
    });
}

/** Another stage of a Mayfly has another prefix. */
function prefixOption(): Option {
  return new Option("--prefix <text>", "first part of Mayfly's labels").default(labelPrefix).argParser((text) => {
    if (!namePattern.test(text)) throw new InvalidArgumentError(`A prefix is ${nameRule}.`);
    return text.toLowerCase();
  });
}

function append(label: string, before: readonly string[] | undefined): readonly string[] {
  return [...(before ?? []), label];
}

function addFiles(program: Command, write: Write, end: End): void {
  program
    .command("init")
    .description("writes .github/runner.yml and .github/actionlint.yaml for what the workflows ask for")
    .argument("[dir]", "the repository", ".")
    .addOption(prefixOption())
    .addHelpText(
      "after",
      `
Example:
  mayfly init ../shop

Exit codes:
  0  written, or there already: nothing is ever overwritten
  1  the directory is no repository
  2  something cannot be read or written, or the command line is wrong`,
    )
    .action(async (directory: string, options: InitOptions) => end(await init(directory, options, write)));
  program
    .command("import")
    .description("writes a .github/runner.yml made of RunsOn's runs-on.yml, or of a list of self-hosted labels")
    .argument("<file>", "the file to read")
    .addHelpText(
      "after",
      `
Example:
  mayfly import .github/runs-on.yml > .github/runner.yml

Exit codes:
  0  written; what has no counterpart is on stderr
  1  the file is neither
  2  the file cannot be read, or the command line is wrong`,
    )
    .action(async (file: string) => end(await importFile(file, write)));
  program
    .command("schema")
    .description("prints the JSON Schema of .github/runner.yml, or of policy.yml")
    .addArgument(new Argument("[file]", "which of them").choices(Object.keys(schemas)).default("runner"))
    .addHelpText("after", "\nExample:\n  mayfly schema policy > policy.schema.json")
    .action((file: keyof typeof schemas) => write.out(`${JSON.stringify(schemas[file](), undefined, 2)}\n`));
}
