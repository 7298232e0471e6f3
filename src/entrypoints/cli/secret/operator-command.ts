import { InvalidArgumentError, Option } from "commander";
import type { Command } from "commander";
import { visibleText } from "../../../core/check-run/visible-text.ts";
import { githubPlace } from "../register/github-place.ts";
import type { Write } from "../program.ts";

/** Adds the options that every command about a deployment takes. */
export function addDeploymentOptions(command: Command): Command {
  return command
    .requiredOption("--stage <name>", "the deployment's stage: its stack is mayfly-STAGE", stageName)
    .option("--region <name>", "the stack's region (default: that of your AWS configuration)")
    .option("--secret <place>", "in place of the stack's output: secretsmanager:NAME-OR-ARN or ssm:/PARAMETER");
}

/** Where GitHub is, for those that talk to it. */
export function githubOptions(): readonly Option[] {
  return [
    new Option("--github <url>", "the GitHub").default("https://github.com").argParser(webAddress),
    new Option("--api <url>", "its REST API (default: as GitHub has it for that address)").argParser(webAddress),
  ];
}

/**
 * Runs a command that touches AWS and GitHub; resolves with its exit code: 1 when it stopped, and why is written. What
 * others have said is written without hidden characters.
 */
export async function runForOperator(write: Write, run: (write: Write) => Promise<void>): Promise<number> {
  const visible = (text: string): string => text.split("\n").map(visibleLine).join("\n");
  try {
    await run({ out: (text) => write.out(visible(text)), error: (text) => write.error(visible(text)) });
    return 0;
  } catch (error) {
    write.error(`${visible(error instanceof Error ? error.message : String(error))}\n`);
    return 1;
  }
}

/** Its indentation stays. */
function visibleLine(line: string): string {
  return `${/^ */.exec(line)?.[0] ?? ""}${visibleText(line)}`;
}

/** CloudFormation's rule for names of stacks. */
function stageName(text: string): string {
  if (/^[A-Za-z0-9-]{1,100}$/.test(text)) return text;
  throw new InvalidArgumentError("A stage is letters, digits and hyphens.");
}

export function webAddress(text: string): string {
  try {
    githubPlace(text);
    return text;
  } catch (error) {
    throw new InvalidArgumentError(`${error instanceof Error ? error.message : String(error)}.`);
  }
}
