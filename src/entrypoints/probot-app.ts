import type { ApplicationFunctionOptions, Probot } from "probot";
import type { App } from "../core/app.ts";
import type { WebhookDelivery } from "../core/pipeline/intake.ts";

/** Events that the App acts on; the manifest subscribes to more, so that later versions need no new approval. */
const events = ["workflow_job", "workflow_run", "push", "pull_request"] as const;

/** Other events stay outside, because Probot has handlers of its own under names such as `error`. */
export function isProbotEvent(name: string): name is (typeof events)[number] {
  return events.some((event) => event === name);
}

/**
 * The Probot app: every event goes to the core, which answers after one queue write. Synchronous on purpose: Probot
 * on Lambda would lose the first event of an app function that it has to wait for.
 */
export function probotApp(app: Pick<App, "onWebhook">): (probot: Probot, options: ApplicationFunctionOptions) => void {
  return (probot) => {
    for (const event of events) {
      probot.on(event, async ({ id, name, payload }) => {
        await app.onWebhook({ id, event: name, payload });
      });
    }
  };
}

/**
 * Gives a delivery whose signature has been checked to the Probot app, and rejects when the core could not keep it. Not
 * `probot.receive`: that logs the whole payload.
 */
export function toProbot(probot: Pick<Probot, "ready">): (delivery: WebhookDelivery) => Promise<void> {
  return async ({ id, event: name, payload }) => {
    if (!isProbotEvent(name)) return;
    const { webhooks } = await probot.ready();
    // What is in the payload is looked at by the core, which trusts nothing in it.
    await webhooks.receive({ id, name, payload } as Parameters<typeof webhooks.receive>[0]);
  };
}
