import { cp, mkdir, readdir, symlink, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { emptyDirectory, removeTree } from "./remove-tree.ts";
import type { ProcessScope } from "./processes.ts";

export type Layout = {
  /** The runner's root: it writes its configuration, `_diag` and `_work` there. */
  readonly root: string;
  readonly home: string;
  /** The job-started hook and its pipes. */
  readonly hook: string;
};

/** What the runner makes in its root itself. */
const own: ReadonlySet<string> = new Set(["_diag", "_work", ".runner", ".credentials", ".credentials_rsaparams"]);

/** Where the runner is laid out under `tmp`. */
export function layoutOf(tmp: string): Layout {
  return { root: join(tmp, "runner"), home: join(tmp, "home"), hook: join(tmp, "hook") };
}

/**
 * Lays a runner out for one job: `bin` is copied, because the runner takes the parent of the real path of its
 * executable as its root and must be able to write there; everything else links to the read-only distribution.
 * `detail` appears in the job's own log, under "Set up job".
 */
export async function layOutRunner(distribution: string, layout: Layout, detail: string): Promise<void> {
  await mkdir(layout.root, { recursive: true });
  await mkdir(layout.home, { recursive: true });
  const names = await readdir(distribution);
  if (!names.includes("bin")) throw new Error(`${distribution} is not a runner: it has no bin`);
  await cp(join(distribution, "bin"), join(layout.root, "bin"), { recursive: true, verbatimSymlinks: true });
  const linked = names.filter((name) => name !== "bin" && name !== ".setup_info" && !own.has(name));
  await Promise.all(linked.map((name) => symlink(join(distribution, name), join(layout.root, name))));
  await writeFile(join(layout.root, ".setup_info"), JSON.stringify([{ group: "Mayfly", detail }]));
}

/**
 * Removes what a runner left. On a machine that is ours alone everything in `tmp` goes, else only our own
 * directories: others may keep files beside them.
 */
export async function cleanUp(tmp: string, scope: ProcessScope): Promise<void> {
  await Promise.all(Object.values(layoutOf(tmp)).map((folder) => removeTree(folder)));
  if (scope === "machine") await emptyDirectory(tmp);
}
