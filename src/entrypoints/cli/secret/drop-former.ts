import { githubPlace } from "../register/github-place.ts";
import type { Write } from "../program.ts";
import { appOf } from "./app-of.ts";
import { vaultOf } from "./deployment.ts";
import type { Outside } from "./outside.ts";
import { readSecret } from "./read-secret.ts";
import type { SecretOptions } from "./rotate-webhook.ts";
import { waitUntilKnown } from "./wait-until-known.ts";
import { writeSecret } from "./write-secret.ts";

/**
 * GitHub waits 10 s for the answer to a delivery; what is signed with the old secret has arrived by then.
 * https://docs.github.com/en/webhooks/using-webhooks/best-practices-for-using-webhooks
 */
const underWayMs = 15_000;

/**
 * Ends the change of a webhook secret: the former one is right no more. Tells GitHub the current one once more before,
 * because nobody can ask which one it has, and a change may have been broken off.
 */
export async function dropFormer(options: SecretOptions, outside: Outside, write: Write): Promise<void> {
  const { api } = githubPlace(options.github, options.api);
  const vault = await vaultOf(options, outside);
  const { stored, state } = await readSecret(vault);
  if (stored.formerWebhookSecret === undefined) {
    write.out(`${vault.name} holds no former webhook secret: there is nothing to drop.\n`);
    return;
  }
  await waitUntilKnown(state.writtenAtMs, outside, write);
  await appOf(stored, api, outside.clock).setWebhook({ secret: stored.webhookSecret });
  await outside.sleep(underWayMs);
  await writeSecret(vault, { ...stored, formerWebhookSecret: undefined }, state, outside);
  write.out(`The former webhook secret is gone from ${vault.name}. Functions forget it within 5 minutes.\n`);
}
