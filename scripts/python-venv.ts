import { execFile } from "node:child_process";
import { mkdir, readFile, rename, rm, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { promisify } from "node:util";

export type VenvOptions = {
  /** Where the virtual environment is kept between runs. */
  readonly folder: string;
  /** As pip takes it, with its version. */
  readonly requirement: string;
  /** The oldest Python that it runs on. */
  readonly leastPython: readonly [major: number, minor: number];
  /** Hears that something is installed, which takes a while. */
  readonly say: (words: string) => void;
  readonly signal: AbortSignal;
};

export type Venv = { readonly python: string; readonly version: string };

const run = promisify(execFile);

/**
 * A virtual environment of Python with one package in it: that of an earlier run, or a new one when there is none, or one
 * of another version or another Python. Rejects with an error that says what has to be installed first.
 */
export async function pythonVenv(options: VenvOptions): Promise<Venv> {
  const { folder, requirement, leastPython, say, signal } = options;
  const version = await pythonVersion(requirement, leastPython);
  const python = join(folder, "bin/python");
  const label = `${requirement} on Python ${version}\n`;
  const labelOf = async (): Promise<string> => await readFile(join(folder, "installed.txt"), "utf8").catch(() => "");
  if ((await labelOf()) === label) return { python, version };
  say(`Installing ${requirement}, which takes half a minute and is kept in ${folder}`);
  // made elsewhere and moved at the end: whoever else is here at the same time never finds half of one
  const made = `${folder}-${process.pid}`;
  await mkdir(dirname(folder), { recursive: true });
  try {
    const noVenv = "Python has no venv here (Debian, Ubuntu: apt-get install python3-venv)";
    await explained("python3", ["-m", "venv", made], noVenv, signal);
    // most of its modules are never imported, and compiling them all takes longer than the rest
    const pip = ["-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--no-compile", requirement];
    const noPackage = `pip cannot install ${requirement}, for which it needs a Python package index`;
    await explained(join(made, "bin/python"), pip, noPackage, signal);
    await writeFile(join(made, "installed.txt"), label);
    if ((await labelOf()) !== label) {
      await rm(folder, { recursive: true, force: true });
      await rename(made, folder);
    }
  } finally {
    await rm(made, { recursive: true, force: true });
  }
  return { python, version };
}

async function pythonVersion(requirement: string, [major, minor]: readonly [number, number]): Promise<string> {
  const wanted = `${requirement} needs Python ${major}.${minor} or newer as python3, with venv`;
  const { stdout } = await run("python3", ["-c", "import platform; print(platform.python_version())"]).catch(() => {
    throw new Error(`there is no python3 here: ${wanted} (Debian, Ubuntu: apt-get install python3 python3-venv)`);
  });
  const version = stdout.trim();
  const [foundMajor = 0, foundMinor = 0] = version.split(".").map(Number);
  if (foundMajor < major || (foundMajor === major && foundMinor < minor)) {
    throw new Error(`python3 is Python ${version}: ${wanted}`);
  }
  return version;
}

async function explained(program: string, args: readonly string[], what: string, signal: AbortSignal): Promise<void> {
  try {
    await run(program, [...args], { signal });
  } catch (error) {
    if (signal.aborted) throw error;
    const { stdout = "", stderr = "", message } = error as Error & { stdout?: string; stderr?: string };
    const said = `${stdout}${stderr}`.trim().split("\n").slice(-8).join("\n");
    throw new Error(`${what}.\n${said || message}`, { cause: error });
  }
}
