import { InvalidArgumentError } from "commander";
import type { Command } from "commander";
import type { Write } from "./program.ts";
import type { RegisterOptions } from "./register.ts";
import { mostNameCharacters } from "./register/read-manifest.ts";
import { addDeploymentOptions, githubOptions, runForOperator, webAddress } from "./secret/operator-command.ts";

type Options = RegisterOptions & { readonly region?: string | undefined };

/** Adds `mayfly register`. What it needs of AWS and GitHub is loaded when it runs. */
export function addRegister(program: Command, write: Write, end: (code: number) => void): void {
  const command = program
    .command("register")
    .description("makes the GitHub App of a deployment and stores its secrets in AWS");
  addDeploymentOptions(command)
    .option("--organization <login>", "the App belongs to this organisation (default: to you)")
    .option("--webhook-url <url>", "in place of the stack's output: where GitHub delivers", webAddress)
    .option("--name <text>", "the App's name, unique in all of GitHub (default: mayfly-ORGANIZATION-STAGE)", name)
    .option("--homepage <url>", "the App's homepage (default: the owner's page)", webAddress)
    .option("--organization-runners", "asks for the permission for runners of the organisation, not of repositories")
    .option("--replace", "even when there is an App in the secret already")
    .option("--app-id <number>", "takes this App, which is there already; with --key", wholeNumber)
    .option("--key <file>", "a private key of that App, as GitHub gives it")
    .option("--port <number>", "of the page on 127.0.0.1 (default: a free one)", wholeNumber, 0);
  for (const option of githubOptions()) command.addOption(option);
  command
    .addHelpText(
      "after",
      `
Examples:
  mayfly register --stage prod --organization acme
  mayfly register --stage prod --app-id 4711 --key ~/Downloads/acme.private-key.pem

Exit codes:
  0  registered, its secrets stored and tried
  1  not done, and why
  2  the command line is wrong`,
    )
    .action(async ({ region, ...options }: Options) => {
      if ((options.appId === undefined) !== (options.key === undefined)) {
        command.error("error: --app-id and --key belong together", { exitCode: 2 });
      }
      const [{ register }, { awsOutside }] = await Promise.all([
        import("./register.ts"),
        import("./secret/outside.ts"),
      ]);
      end(await runForOperator(write, async (visible) => await register(options, awsOutside(region), visible)));
    });
}

function name(text: string): string {
  if (text.length <= mostNameCharacters && text.trim() !== "") return text;
  throw new InvalidArgumentError(`A name has 1 to ${mostNameCharacters} characters.`);
}

function wholeNumber(text: string): number {
  if (/^\d{1,15}$/.test(text)) return Number(text);
  throw new InvalidArgumentError("It must be a whole number.");
}
