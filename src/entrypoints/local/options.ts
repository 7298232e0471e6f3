import { Command, CommanderError, InvalidArgumentError, Option } from "commander";
import type { Fault, FaultCatalogue } from "../../sandbox/faults.ts";
import { parseFault } from "../../sandbox/faults.ts";
import { waitVariable } from "./stand-ins/wait-seconds.ts";

/** What `npm start` was asked for. */
export type LocalOptions = {
  readonly port: number | undefined;
  readonly once: boolean;
  readonly json: boolean;
  readonly repo: string | undefined;
  readonly workflow: string | undefined;
  readonly faults: readonly Fault[];
  readonly faultHelp: boolean;
  readonly data: string | undefined;
  readonly policy: string | undefined;
  readonly backend: Backend;
};

/** Where Mayfly's state is and how it runs: one process with one file, or its deployed functions with a queue and a table. */
export type Backend = "sqlite" | "aws-local";

const restartHelp = `Killed with SIGKILL and started again with the same options (or the same --data), it goes on where it was: the
stand-ins have a process of their own, which waits ${waitVariable} (60) for that and then ends.
`;

type Parsed = Omit<LocalOptions, "faults" | "faultHelp"> & { readonly fault: readonly string[] };

/**
 * Reads the command line. `stop`: there is nothing to start (help was asked for, or an argument is wrong: `code` 0 or
 * 2, the text has been written by `write`).
 */
export function readOptions(
  args: readonly string[],
  catalogue: FaultCatalogue,
  write: { readonly out: (text: string) => void; readonly error: (text: string) => void },
): { readonly options: LocalOptions } | { readonly stop: number } {
  const command = new Command("npm start --")
    .description("Starts Mayfly on this machine. Without credentials: the sandbox, with stand-ins for GitHub and AWS.")
    .option("--once", "end when every job has ended: exit 0 if each reached its expected end, else 1", false)
    .option("--json", "with --once: one JSON object a line on standard output, nothing else there", false)
    .option("--port <number>", "port of the webhook and host channel (default: 3000; with --once a free one)", port)
    .option("--repo <dir>", "push this directory instead of the sample repository")
    .option("--workflow <file>", "run only this workflow file, whatever its `on:`")
    .option("--fault <fault>", "SERVICE.OPERATION:KIND[:COUNT], repeatable; `help` lists them", collect, [])
    .option(
      "--policy <file>",
      "an operator's policy.yml, but for its installations and regions (default: no forks, nothing public)",
    )
    .addOption(
      new Option("--backend <name>", "sqlite: one process, one file; aws-local: the functions as they are deployed")
        .choices(["sqlite", "aws-local"])
        .default("sqlite"),
    )
    .option("--data <dir>", "where the sandbox keeps its files (default: a new folder in .mayfly)")
    .addHelpText("after", `\n${restartHelp}`)
    .exitOverride()
    .configureOutput({ writeOut: (text) => write.out(text), writeErr: (text) => write.error(text) });
  try {
    command.parse(args, { from: "user" });
    const { fault, ...parsed } = command.opts<Parsed>();
    const faultHelp = fault.includes("help");
    const faults = faultHelp ? [] : fault.map((text) => parseFault(text, catalogue));
    if (parsed.json && !parsed.once) throw new Error("--json needs --once");
    const { port: number, once, json, repo, workflow, data, policy, backend } = parsed;
    return { options: { port: number, once, json, repo, workflow, data, policy, backend, faults, faultHelp } };
  } catch (error) {
    if (error instanceof CommanderError) return { stop: error.exitCode === 0 ? 0 : 2 };
    write.error(`error: ${error instanceof Error ? error.message : String(error)}\n`);
    return { stop: 2 };
  }
}

function port(text: string): number {
  const value = Number(text);
  if (!Number.isInteger(value) || value < 1 || value > 65_535) throw new InvalidArgumentError("it must be 1 to 65535");
  return value;
}

function collect(text: string, before: readonly string[]): readonly string[] {
  return [...before, text];
}

/** What can be broken, as `--fault help` prints it. */
export function faultHelpText(catalogue: FaultCatalogue): string {
  const lines = ["SERVICE.OPERATION:KIND[:COUNT], for example lambda.Invoke:lost-reply:1 or github.webhook:drop:1", ""];
  for (const [service, operations] of Object.entries(catalogue)) {
    for (const [operation, { kinds, codes }] of Object.entries(operations)) {
      const shown = kinds.map((kind) => (kind === "status" ? "400…599" : kind));
      lines.push(`  ${service}.${operation}: ${[...shown, ...codes].join(", ")}`);
    }
  }
  return `${lines.join("\n")}\n`;
}
