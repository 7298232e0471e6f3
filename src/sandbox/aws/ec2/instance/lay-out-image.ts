import { constants, existsSync } from "node:fs";
import { cp, mkdir, readdir, symlink, writeFile } from "node:fs/promises";
import { join, resolve } from "node:path";

/** Folders that a stock Ubuntu has and that programs write to or look into. */
const folders = [
  ..."boot etc home/ubuntu mnt opt root run srv usr/bin usr/local/bin usr/sbin".split(" "),
  ..."var/cache var/lib/cloud/data var/lib/cloud/instance/scripts var/lib/apt/lists var/log var/tmp tmp".split(" "),
];

const release = `PRETTY_NAME="Ubuntu 24.04 LTS (stand-in of Mayfly's sandbox)"
NAME="Ubuntu"
VERSION_ID="24.04"
VERSION_CODENAME=noble
ID=ubuntu
ID_LIKE=debian
`;

/** What the runner makes in its root itself. */
const own: ReadonlySet<string> = new Set([
  "bin",
  "_diag",
  "_work",
  ".runner",
  ".credentials",
  ".credentials_rsaparams",
]);

/**
 * Makes an image's root directory. With a distribution it is that of a prebuilt image: its `opt/mayfly/runner` has a
 * copy of the runner's `bin`, because the runner takes the parent of its executable as its root and writes there;
 * everything else links to the distribution, which stays as it is. Rejects when that is no runner.
 */
export async function layOutImage(root: string, hostname: string, distribution: string | undefined): Promise<void> {
  await Promise.all(folders.map((folder) => mkdir(join(root, folder), { recursive: true })));
  await writeFile(join(root, "etc", "os-release"), release);
  await writeFile(join(root, "etc", "hostname"), `${hostname}\n`);
  if (distribution === undefined) return;
  const from = resolve(distribution);
  if (!existsSync(join(from, "bin", "Runner.Listener"))) throw new Error(`${from} is not a runner: no Runner.Listener`);
  const to = join(root, "opt", "mayfly", "runner");
  await Promise.all(["_work", "_diag"].map((folder) => mkdir(join(to, folder), { recursive: true })));
  await cp(join(from, "bin"), join(to, "bin"), {
    recursive: true,
    verbatimSymlinks: true,
    mode: constants.COPYFILE_FICLONE,
  });
  const linked = (await readdir(from)).filter((name) => !own.has(name));
  await Promise.all(linked.map((name) => symlink(join(from, name), join(to, name))));
}
