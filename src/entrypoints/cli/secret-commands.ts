import type { Command } from "commander";
import type { Write } from "./program.ts";
import { addDeploymentOptions, githubOptions, runForOperator } from "./secret/operator-command.ts";
import type { Outside } from "./secret/outside.ts";
import type { SecretOptions } from "./secret/rotate-webhook.ts";

/** `key` is asked for by replace-key alone. */
type Options = SecretOptions & { readonly region?: string | undefined; readonly key: string };

type Run = (options: Options, outside: Outside, write: Write) => Promise<void>;

type Subcommand = { readonly name: string; readonly description: string; readonly load: () => Promise<Run> };

/** What each needs of AWS and GitHub is loaded when it runs. */
const show: Subcommand = {
  name: "show",
  description: "says which fields of the secret are set and since when, never a value",
  load: async () => (await import("./secret/show.ts")).show,
};

const ofGithub: readonly Subcommand[] = [
  {
    name: "rotate-webhook",
    description: "changes the webhook secret without losing a delivery; takes about 6 minutes",
    load: async () => (await import("./secret/rotate-webhook.ts")).rotateWebhook,
  },
  {
    name: "replace-key",
    description: "puts another private key of the App into the secret, after GitHub has taken it",
    load: async () => (await import("./secret/replace-key.ts")).replaceKey,
  },
  {
    name: "drop-former",
    description: "ends the change of the webhook secret: the old one is right no more",
    load: async () => (await import("./secret/drop-former.ts")).dropFormer,
  },
];

/** Adds `mayfly secret`. */
export function addSecret(program: Command, write: Write, end: (code: number) => void): void {
  const secret = program
    .command("secret")
    .description("looks at the secret of a deployment and changes it, whole and at once")
    .addHelpText(
      "after",
      `
Examples:
  mayfly secret show --stage prod
  mayfly secret rotate-webhook --stage prod

Exit codes:
  0  done
  1  not done, and why; of show: the secret has no value, or one that nobody can work with
  2  the command line is wrong`,
    );
  const add = ({ name, description, load }: Subcommand): Command =>
    addDeploymentOptions(secret.command(name).description(description)).action(
      async ({ region, ...options }: Options) => {
        const [run, { awsOutside }] = await Promise.all([load(), import("./secret/outside.ts")]);
        end(await runForOperator(write, async (visible) => await run(options, awsOutside(region), visible)));
      },
    );
  add(show);
  for (const subcommand of ofGithub) {
    const command = add(subcommand);
    for (const option of githubOptions()) command.addOption(option);
    if (subcommand.name === "replace-key") command.requiredOption("--key <file>", "the new key, as GitHub gives it");
  }
}
