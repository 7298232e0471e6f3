import { accessSync, constants } from "node:fs";
import { delimiter, join } from "node:path";

export type ShellCommand = {
  readonly file: string;
  readonly args: readonly string[];
  /** As GitHub shows it, with `{0}` for the script. */
  readonly shown: string;
};

export type Shell = {
  /** Ending of the script's file name. */
  readonly extension: string;
  /** The command line for a script; throws an Error when the shell is not on `path`. */
  command(script: string, path: string): ShellCommand;
};

/** GitHub's command lines, from its workflow syntax page. */
const KNOWN: Readonly<Record<string, { line: string; extension: string }>> = {
  bash: { line: "bash --noprofile --norc -e -o pipefail {0}", extension: ".sh" },
  sh: { line: "sh -e {0}", extension: ".sh" },
  python: { line: "python {0}", extension: ".py" },
  pwsh: { line: "pwsh -command . '{0}'", extension: ".ps1" },
};

/** The shell of a step: one of GitHub's names, or a command line with `{0}` in it, or none (bash, else sh). */
export function shellOf(written: string | undefined): Shell {
  const known = KNOWN[written ?? ""];
  if (written !== undefined && known === undefined && !written.includes("{0}")) {
    throw new Error(`Invalid shell option. Shell must be a valid built-in (bash, sh, pwsh, python) or contain '{0}'`);
  }
  return {
    extension: known?.extension ?? ".sh",
    command(script, path) {
      const byDefault = findOnPath("bash", path) === undefined ? "sh -e {0}" : "bash -e {0}";
      const [name = "", ...args] = (known?.line ?? written ?? byDefault).split(/\s+/).filter((word) => word !== "");
      const file = name.includes("/") ? name : findOnPath(name, path);
      if (file === undefined) throw new Error(`${name}: command not found`);
      return { file, args: args.map((arg) => arg.replace("{0}", script)), shown: [file, ...args].join(" ") };
    },
  };
}

function findOnPath(name: string, path: string): string | undefined {
  return path
    .split(delimiter)
    .map((folder) => join(folder, name))
    .find((file) => isExecutable(file));
}

function isExecutable(file: string): boolean {
  try {
    accessSync(file, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
