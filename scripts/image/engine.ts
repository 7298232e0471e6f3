import { spawn } from "node:child_process";

export const engineNames = ["docker", "podman"] as const;
export type EngineName = (typeof engineNames)[number];

/** A container engine on this machine. */
export type Engine = {
  /** Whose options it takes: a `docker` that is podman in disguise is podman. */
  readonly name: EngineName;
  /** Runs it with its output shown; `input` goes to its standard input. Rejects when it fails. */
  run(args: readonly string[], input?: string): Promise<void>;
  /** Its standard output, or undefined when it fails. */
  ask(args: readonly string[]): Promise<string | undefined>;
};

export type EngineSettings = {
  readonly env: Readonly<NodeJS.ProcessEnv>;
  /** Where relative paths of its arguments begin. */
  readonly cwd: string;
  /** Whether what it prints is shown. */
  readonly shown: boolean;
};

/**
 * The engine that is asked for, else the first of docker and podman that works. Works: its program is there, and so is
 * whatever it needs in the background. Rejects with what was tried.
 */
export async function findEngine(wanted: EngineName | undefined, settings: EngineSettings): Promise<Engine> {
  const candidates = wanted === undefined ? engineNames : [wanted];
  for (const program of candidates) {
    const says = await start(program, ["--version"], settings, "ask");
    if (says.code !== 0) continue;
    const name = /podman/i.test(says.output) ? "podman" : "docker";
    const works = await start(program, name === "docker" ? ["version"] : ["info"], settings, "ask");
    if (works.code === 0) return engineOf(name, program, settings);
  }
  throw new Error(`no container engine works here (tried ${candidates.join(", ")}): install or start one of them`);
}

function engineOf(name: EngineName, program: string, settings: EngineSettings): Engine {
  return {
    name,
    async run(args, input) {
      const { code } = await start(program, args, settings, "run", input);
      if (code !== 0) throw new Error(`${program} ${args.slice(0, 2).join(" ")} failed with exit code ${String(code)}`);
    },
    async ask(args) {
      const { code, output } = await start(program, args, settings, "ask");
      return code === 0 ? output : undefined;
    },
  };
}

function start(
  program: string,
  args: readonly string[],
  { env, cwd, shown }: EngineSettings,
  how: "run" | "ask",
  input?: string,
): Promise<{ readonly code: number | null; readonly output: string }> {
  const output = how === "run" && shown ? "inherit" : "pipe";
  return new Promise((resolve) => {
    const child = spawn(program, args, { env: { ...env }, cwd, stdio: ["pipe", output, output] });
    const chunks: Buffer[] = [];
    child.stdout?.on("data", (chunk: Buffer) => chunks.push(chunk));
    child.stderr?.resume();
    child.stdin?.on("error", () => undefined);
    child.stdin?.end(input ?? "");
    child.on("error", () => {
      resolve({ code: null, output: "" });
    });
    child.on("close", (code) => {
      resolve({ code, output: Buffer.concat(chunks).toString("utf8") });
    });
  });
}
