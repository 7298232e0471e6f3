import { userJson } from "../json/user.ts";
import { problem, type Answer } from "../rest/answer.ts";
import type { RepositoryCall } from "../rest/call.ts";
import { permissionOf, roleOf } from "../roles.ts";

/**
 * `repos/get-collaborator-permission-level`: of any account that GitHub knows; here those that have done something.
 * Of an App it says `none`, of what is no account that it "is not a user".
 */
export function getPermissionLevel({ world, repository, path }: RepositoryCall): Answer {
  const asked = path.username ?? "";
  const login = [...world.state.users.keys()].find((known) => known.toLowerCase() === asked.toLowerCase());
  if (login === undefined) return problem(404, `${asked} is not a user`);
  const role = roleOf(repository, login);
  const permission = permissionOf(role);
  const [admin, push, pull] = [permission === "admin", role === "maintain" || role === "write", role !== "none"];
  const permissions = {
    admin,
    maintain: admin || role === "maintain",
    push: admin || push,
    triage: admin || push || role === "triage",
    pull,
  };
  const user = { ...userJson(world, login), permissions, role_name: role };
  return { status: 200, body: { permission, role_name: role, user } };
}
