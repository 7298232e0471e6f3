import { randomUUID } from "node:crypto";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";

/** Variable → file of one step, by which its script talks to the runner. */
export type FileCommands = {
  readonly env: Readonly<Record<string, string>>;
  /** What the step wrote. Throws an Error with GitHub's message for a wrong line. */
  read(): { env: Record<string, string>; outputs: Record<string, string>; path: string[] };
};

const NAMES = {
  GITHUB_ENV: "set_env",
  GITHUB_OUTPUT: "set_output",
  GITHUB_PATH: "add_path",
  GITHUB_STATE: "save_state",
  GITHUB_STEP_SUMMARY: "step_summary",
};

/** Makes the files of one step under the job's temporary folder. */
export function fileCommands(tempFolder: string): FileCommands {
  const folder = join(tempFolder, "_runner_file_commands");
  mkdirSync(folder, { recursive: true });
  const id = randomUUID();
  const env = Object.fromEntries(Object.entries(NAMES).map(([key, name]) => [key, join(folder, `${name}_${id}`)]));
  for (const path of Object.values(env)) writeFileSync(path, "");
  const textOf = (key: keyof typeof NAMES): string => readIfThere(env[key] ?? "");
  return {
    env,
    read() {
      const set = parsePairs(textOf("GITHUB_ENV"));
      if (Object.keys(set).some((key) => key.toUpperCase() === "NODE_OPTIONS")) {
        throw new Error("Can't store NODE_OPTIONS output parameter using '$GITHUB_ENV' command.");
      }
      const path = textOf("GITHUB_PATH").split(/\r?\n/);
      return {
        env: set,
        outputs: parsePairs(textOf("GITHUB_OUTPUT")),
        path: path.filter((line) => line.trim() !== ""),
      };
    },
  };
}

function readIfThere(path: string): string {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return ""; // the script may have deleted it
  }
}

/** `KEY=VALUE` lines and `KEY<<DELIMITER` blocks. */
function parsePairs(text: string): Record<string, string> {
  const lines = text.split(/\r?\n/);
  const pairs: Record<string, string> = {};
  for (let index = 0; index < lines.length; index++) {
    const line = lines[index] ?? "";
    if (line === "") continue;
    const equals = line.indexOf("=");
    const heredoc = line.indexOf("<<");
    if (equals >= 0 && (heredoc < 0 || equals < heredoc)) {
      pairs[keyOf(line, equals)] = line.slice(equals + 1);
    } else if (heredoc >= 0) {
      const delimiter = line.slice(heredoc + 2);
      const end = delimiter === "" ? -1 : lines.indexOf(delimiter, index + 1);
      if (end < 0) throw new Error(`Invalid value. Matching delimiter not found '${delimiter}'`);
      pairs[keyOf(line, heredoc)] = lines.slice(index + 1, end).join("\n");
      index = end;
    } else {
      throw new Error(`Invalid format '${line}'`);
    }
  }
  return pairs;
}

function keyOf(line: string, end: number): string {
  const key = line.slice(0, end);
  if (key === "") throw new Error(`Invalid format '${line}'. Name must not be empty`);
  return key;
}
