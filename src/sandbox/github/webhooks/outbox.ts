import { randomUUID } from "node:crypto";

import type { Faults } from "../../faults.ts";
import type { Contract } from "../../openapi/validator.ts";
import type { DeliveryOutcome, DeliveryRecord } from "../state.ts";
import { violate, type Webhook, type World } from "../world.ts";
import { delivered, unreachable, type Courier } from "./courier.ts";
import { installationFor } from "./installation-for.ts";
import { payloadText } from "./payload.ts";

export type Outbox = {
  send(world: World, webhook: Webhook): void;
  /** Delivers once more: same guid, new id. */
  redeliver(world: World, delivery: DeliveryRecord): void;
  /** How many deliveries have not ended yet. */
  underWay(): number;
};

/**
 * Makes a delivery record of every webhook and hands it to the courier. Nothing is delivered again by itself.
 * The webhook faults strike `workflow_job` deliveries only, because those are what a runner provider lives on.
 */
export function outbox(courier: Courier, contract: Contract, faults: Faults): Outbox {
  let underWay = 0;

  async function post(world: World, delivery: DeliveryRecord, dropped: boolean): Promise<void> {
    const outcome: DeliveryOutcome = dropped ? unreachable(0) : await courier.post(delivery);
    delivery.outcome = outcome;
    underWay -= 1;
    const { guid, event, action } = delivery;
    const ok = delivered(outcome);
    world.tell({ type: "delivery", id: String(delivery.id), guid, event, action, ok, status: outcome.status });
  }

  function dispatch(world: World, draft: DeliveryDraft): void {
    const fault = draft.event === "workflow_job" ? faults.take("github", "webhook") : undefined;
    const times = fault === "duplicate" ? 2 : 1;
    for (let time = 0; time < times; time += 1) {
      underWay += 1;
      const delivery = record(world, draft);
      const leave = (): void => void post(world, delivery, fault === "drop");
      if (fault === "late") world.after(world.timings.lateDeliveryMs, leave);
      else leave();
    }
  }

  return {
    send(world, webhook) {
      const installation = installationFor(world, webhook.repository);
      if (installation === undefined || !world.state.app.events.includes(webhook.event)) return;
      const payload = payloadText(world, webhook, installation);
      for (const error of contract.webhookErrors(webhook.event, webhook.action ?? "", JSON.parse(payload))) {
        violate(world, `webhook ${webhook.event} ${webhook.action ?? ""}: ${error}`);
      }
      dispatch(world, {
        guid: randomUUID(),
        event: webhook.event,
        action: webhook.action,
        installationId: installation.id,
        repositoryId: webhook.repository.id,
        payload,
        redelivery: false,
      });
    },
    redeliver(world, delivery) {
      dispatch(world, { ...delivery, redelivery: true });
    },
    underWay: () => underWay,
  };
}

type DeliveryDraft = Pick<
  DeliveryRecord,
  "guid" | "event" | "action" | "installationId" | "repositoryId" | "payload" | "redelivery"
>;

function record(world: World, draft: DeliveryDraft): DeliveryRecord {
  const delivery: DeliveryRecord = {
    id: world.ids.nextDelivery(),
    guid: draft.guid,
    event: draft.event,
    action: draft.action,
    installationId: draft.installationId,
    repositoryId: draft.repositoryId,
    redelivery: draft.redelivery,
    deliveredAtMs: world.now(),
    requestHeaders: {},
    payload: draft.payload,
    outcome: undefined,
  };
  world.state.deliveries.push(delivery);
  return delivery;
}
