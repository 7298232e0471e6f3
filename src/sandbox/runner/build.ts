import { chmod, mkdir, writeFile } from "node:fs/promises";
import { join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { bundleProgram } from "../../../runner-image/bundle-program.ts";

const ENTRY = fileURLToPath(new URL("listener.ts", import.meta.url));
const SAYS = "This is Mayfly's stand-in for the Actions runner";

/**
 * Builds the stand-in Actions runner into `outDir`, laid out like the real one's distribution (`bin/Runner.Listener`,
 * `externals/`, `run.sh`, …), so that a machine can be set up from it in the same way. Resolves with the directory's
 * absolute path. The program runs by the Node that builds it.
 */
export async function buildStandIn(outDir: string): Promise<string> {
  const root = resolve(outDir);
  await mkdir(join(root, "bin"), { recursive: true });
  await mkdir(join(root, "externals"), { recursive: true });
  await bundleProgram(ENTRY, join(root, "bin", "listener.mjs"));
  const stub = (name: string): string => `#!/bin/sh\necho "${SAYS}: it has no ${name}" >&2\nexit 1\n`;
  await writeScript(join(root, "bin", "Runner.Listener"), listenerScript());
  await writeScript(join(root, "bin", "Runner.Worker"), stub("Runner.Worker of its own: the listener runs the job"));
  await writeScript(join(root, "config.sh"), stub("config.sh: it takes a just-in-time configuration"));
  await writeScript(join(root, "run.sh"), stub("run.sh: start bin/Runner.Listener run"));
  await writeScript(join(root, "env.sh"), stub("env.sh"));
  await writeFile(join(root, "externals", "README"), `${SAYS}. The real one has its Node versions here.\n`);
  return root;
}

/** The name of the real program. Node takes the bundle's real path, and from that the program finds its root. */
function listenerScript(): string {
  return `#!/bin/sh\nexec '${process.execPath.replaceAll("'", "'\\''")}' "\${0%/*}/listener.mjs" "$@"\n`;
}

async function writeScript(path: string, text: string): Promise<void> {
  await writeFile(path, text);
  await chmod(path, 0o755);
}
