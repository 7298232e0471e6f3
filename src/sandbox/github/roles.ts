import type { RepositoryRecord, Role } from "./repository-record.ts";

type Permission = "admin" | "write" | "read" | "none";

/** GitHub's older word for each role. */
const PERMISSIONS: Readonly<Record<Role, Permission>> = {
  admin: "admin",
  maintain: "write",
  write: "write",
  triage: "read",
  read: "read",
};

/** What an account may do in a repository. Everybody may read a public one; an App is never among the people. */
export function roleOf(repository: RepositoryRecord, login: string): Role | "none" {
  if (login.endsWith("[bot]")) return "none";
  if (login.toLowerCase() === repository.owner.toLowerCase()) return "admin";
  return repository.collaborators.get(login.toLowerCase()) ?? (repository.private ? "none" : "read");
}

/** The same in the four words of GitHub's older permissions. */
export function permissionOf(role: Role | "none"): Permission {
  return role === "none" ? "none" : PERMISSIONS[role];
}
