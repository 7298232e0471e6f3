import type { Ports } from "../ports.ts";
import { withinPolicy } from "../settings.ts";
import type { Settings } from "../settings.ts";
import { intake } from "./intake.ts";
import type { Intake, WebhookDelivery } from "./intake.ts";

/** What a webhook needs of the outside. */
export type IntakePorts = Pick<Ports, "log" | "policy" | "queue">;

/** Takes a delivery whose signature has been checked; resolves after one queue write, or none when it is not ours. */
export async function receiveDelivery(
  { log, policy, queue }: IntakePorts,
  settings: Pick<Settings, "labelPrefix" | "installations" | "caps">,
  delivery: WebhookDelivery,
): Promise<Intake> {
  const taken = intake(delivery, withinPolicy(settings, await policy.read()));
  if (taken.entries.length > 0) await queue.send(taken.entries);
  log.debug("delivery", { delivery: delivery.id, event: delivery.event, ignored: taken.ignored });
  return taken;
}
