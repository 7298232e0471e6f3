import type { ApplicationFunctionOptions, Probot } from "probot";
import type { App } from "../core/app.ts";

/** Events that the App acts on; the manifest subscribes to more, so that later versions need no new approval. */
const events = ["workflow_job", "workflow_run"] as const;

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
