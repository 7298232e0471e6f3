import type { GitHub } from "../../core/ports.ts";
import { nonEmpty } from "./answer-fields.ts";
import type { Api } from "./api.ts";
import { sharedCalls } from "./shared-calls.ts";
import { undefinedWhenAbsent } from "./undefined-when-absent.ts";

/**
 * Asks what people may do. `permission` is one of admin, write, read and none, whatever the role: maintain counts as
 * write, triage as read. An App is no collaborator: GitHub says `none` of it, or that it "is not a user" (404).
 * https://docs.github.com/rest/collaborators/collaborators#get-repository-permissions-for-a-user
 */
export function people(api: Api): Pick<GitHub, "mayWrite"> {
  const shared = sharedCalls();
  return {
    mayWrite: async (repository, login) =>
      await shared([repository.id, login], async () => {
        const permission = await undefinedWhenAbsent("get-permission", (operation) =>
          api.onRepository(repository, {
            operation,
            permissions: { metadata: "read" },
            send: (client, on) => client.rest.repos.getCollaboratorPermissionLevel({ ...on, username: login }),
            read: ({ data }) => nonEmpty(data.permission),
          }),
        );
        return permission === "admin" || permission === "write";
      }),
  };
}
