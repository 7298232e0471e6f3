import { nodeId } from "../ids.ts";
import { repositoryJson } from "../json/repository.ts";
import { userJson } from "../json/user.ts";
import type { InstallationRecord } from "../state.ts";
import type { Webhook, World } from "../world.ts";

/** The whole payload of a webhook, as text: exactly these bytes are signed, sent and kept for redelivery. */
export function payloadText(world: World, webhook: Webhook, installation: InstallationRecord): string {
  return JSON.stringify({
    ...(webhook.action === null ? {} : { action: webhook.action }),
    ...webhook.body,
    repository: repositoryJson(world, webhook.repository),
    sender: userJson(world, webhook.actor),
    installation: { id: installation.id, node_id: nodeId("MDIzOk", installation.id) },
  });
}
