import { writeFileSync } from "node:fs";
import { join } from "node:path";

const VARIABLE = "ACTIONS_RUNNER_INPUT_JITCONFIG";
const FILES = [".runner", ".credentials", ".credentials_rsaparams"];

export type RunnerSettings = {
  readonly runnerName: string;
  readonly serverUrl: string;
  readonly workFolder: string;
  readonly accessToken: string;
};

/**
 * Takes the JIT config out of `env` and writes its files into the runner's root, readable by their owner only, as the
 * real runner does. Throws an Error with the real runner's message when there is none, when it cannot be read or when
 * the root cannot be written.
 */
export function takeJitConfig(env: NodeJS.ProcessEnv, root: string): RunnerSettings {
  const blob = env[VARIABLE];
  delete env[VARIABLE];
  if (blob === undefined || blob === "")
    throw new Error("Not configured. Run config.(sh/cmd) to configure the runner.");
  const files = decode(blob);
  for (const [name, text] of Object.entries(files)) {
    const path = join(root, name);
    try {
      writeFileSync(path, text, { mode: 0o600 });
    } catch (error) {
      throw new Error(`Access to the path '${path}' is denied.`, { cause: error });
    }
  }
  const settings = JSON.parse(files[".runner"] ?? "") as Record<string, string>;
  const credentials = JSON.parse(files[".credentials"] ?? "") as { data: { accessToken: string } };
  return {
    runnerName: settings["AgentName"] ?? "",
    serverUrl: settings["ServerUrl"] ?? "",
    workFolder: settings["WorkFolder"] ?? "_work",
    accessToken: credentials.data.accessToken,
  };
}

function decode(blob: string): Record<string, string> {
  try {
    const files = JSON.parse(Buffer.from(blob, "base64").toString()) as Record<string, string>;
    return Object.fromEntries(FILES.map((name) => [name, Buffer.from(files[name] ?? "", "base64").toString()]));
  } catch (error) {
    throw new Error("The JIT config is not valid.", { cause: error });
  }
}
