import { execFile } from "node:child_process";
import { promisify } from "node:util";

/** What is checked out in a repository. */
export type Revision = {
  /** The first 12 hex digits of the commit. */
  readonly commit: string;
  /** Files that are not as committed, untracked ones too; ignored ones do not count. */
  readonly changed: readonly string[];
};

/** Asks git what is checked out at `root`; rejects when that is no repository or has no commit. */
export async function readRevision(root: string): Promise<Revision> {
  const git = async (...args: readonly string[]): Promise<string> => {
    const { stdout } = await promisify(execFile)("git", ["-C", root, ...args]);
    return stdout;
  };
  const head = await git("rev-parse", "HEAD");
  const status = await git("status", "--porcelain");
  return {
    commit: head.slice(0, 12),
    changed: status.split("\n").filter((line) => line !== "").map((line) => line.slice(3)), // prettier-ignore
  };
}
