import { readFileSync, writeFileSync } from "node:fs";

/**
 * Gives a process's new user namespace its users, from outside: for root all of ours under the same numbers, so that
 * every file belongs to whom it belonged to, for anybody else that user alone, as root. Answers `go`, or what is in
 * the way.
 */
export function writeUserMaps(pid: number): string {
  try {
    if (process.getuid?.() === 0) {
      for (const kind of ["uid", "gid"]) writeFileSync(`/proc/${pid}/${kind}_map`, sameNumbers(kind));
    } else {
      // the kernel's condition for groups where one has no privilege (user_namespaces(7))
      writeFileSync(`/proc/${pid}/setgroups`, "deny");
      writeFileSync(`/proc/${pid}/uid_map`, `0 ${process.getuid?.()} 1`);
      writeFileSync(`/proc/${pid}/gid_map`, `0 ${process.getgid?.()} 1`);
    }
    return "go";
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}

/** Lines of INSIDE OUTSIDE COUNT, where outside is what we call inside. */
function sameNumbers(kind: string): string {
  const ours = readFileSync(`/proc/self/${kind}_map`, "utf8").trim().split("\n");
  return ours
    .map((line) => line.trim().split(/\s+/))
    .reduce((all, [at, , count]) => `${all}${at} ${at} ${count}\n`, "");
}
