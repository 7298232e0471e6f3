import { execFile } from "node:child_process";
import { resolve } from "node:path";
import { promisify } from "node:util";
import { pythonVenv } from "../../python-venv.ts";

const cache = resolve(import.meta.dirname, "../../../node_modules/.cache/mayfly");

/**
 * What a checker in Python prints, whatever its exit code says of what it found. It is installed first when it is not
 * there, `package==version`, which takes the network; `main` is the code that its own program consists of, since what is
 * installed is moved afterwards. Rejects when there is no Python, no way to the package, or nothing was printed.
 */
export async function askPython(requirement: string, main: string, options: readonly string[]): Promise<string> {
  const [name = ""] = requirement.split("==");
  const { python } = await pythonVenv({
    folder: resolve(cache, name),
    requirement,
    leastPython: [3, 10],
    say: (words) => process.stderr.write(`${words}\n`),
    signal: new AbortController().signal,
  });
  const most = { maxBuffer: 256 * 1024 * 1024 };
  const { stdout, stderr } = await promisify(execFile)(python, ["-c", `import sys; ${main}`, ...options], most).catch(
    (error: { readonly stdout?: string; readonly stderr?: string; readonly message: string }) => ({
      stdout: error.stdout ?? "",
      stderr: error.stderr ?? error.message,
    }),
  );
  if (stdout.trim() === "") throw new Error(`${name} said nothing: ${stderr.trim().slice(-2000)}`);
  return stdout;
}
