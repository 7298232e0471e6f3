import { Command, CommanderError, Option } from "commander";
import { runnerSchema } from "../../core/planning/runner-schema.ts";
import { formats, isFormat } from "./formats/formats.ts";
import { lint } from "./lint.ts";

export type Write = { readonly out: (text: string) => void; readonly error: (text: string) => void };

/** The commands of `npx mayfly`. Resolves with the exit code: 0, 1 when something is wrong, 2 for a wrong command line. */
export async function runCli(args: readonly string[], write: Write): Promise<number> {
  let code = 0;
  const program = new Command("mayfly")
    .description("Checks what repositories and operators write for Mayfly.")
    .exitOverride()
    .configureOutput({ writeOut: write.out, writeErr: write.error });
  program
    .command("lint")
    .description("checks .github/runner.yml: exit 1 on errors")
    .argument("[paths...]", "files, or directories of repositories (default: this directory)")
    .addOption(
      new Option("--format <format>", "how problems are written").choices(Object.keys(formats)).default("text"),
    )
    .action(async (paths: readonly string[], { format }: { format: string }) => {
      if (isFormat(format)) code = await lint(paths.length === 0 ? ["."] : paths, format, write);
    });
  program
    .command("schema")
    .description("prints the JSON Schema of .github/runner.yml")
    .action(() => write.out(`${JSON.stringify(runnerSchema(), undefined, 2)}\n`));
  try {
    await program.parseAsync(args, { from: "user" });
    return code;
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : 2;
    throw error;
  }
}
