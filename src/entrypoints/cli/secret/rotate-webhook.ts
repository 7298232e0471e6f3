import { githubPlace } from "../register/github-place.ts";
import type { Write } from "../program.ts";
import { appOf } from "./app-of.ts";
import { vaultOf } from "./deployment.ts";
import type { DeploymentOptions } from "./deployment.ts";
import type { Outside } from "./outside.ts";
import { readSecret } from "./read-secret.ts";
import { waitUntilKnown } from "./wait-until-known.ts";
import { writeSecret } from "./write-secret.ts";

export type SecretOptions = DeploymentOptions & { readonly github: string; readonly api?: string | undefined };

/**
 * Changes the webhook secret so that no delivery is refused: first both are stored, then every function has to have read
 * that, then GitHub signs with the new one. Once more after a break it goes on where it was, and makes no third secret.
 */
export async function rotateWebhook(options: SecretOptions, outside: Outside, write: Write): Promise<void> {
  const { api } = githubPlace(options.github, options.api);
  const vault = await vaultOf(options, outside);
  const { stored, state } = await readSecret(vault);
  const isNew = stored.formerWebhookSecret === undefined;
  if (isNew) {
    const change = { webhookSecret: outside.randomHex(32), formerWebhookSecret: stored.webhookSecret };
    await writeSecret(vault, { ...stored, ...change }, state, outside);
    write.out(`1/3 A new webhook secret is in ${vault.name}, the old one beside it: both are right.\n`);
  } else {
    write.out(`1/3 ${vault.name} holds a former webhook secret: going on with the change that has begun.\n`);
  }
  const now = await readSecret(vault);
  await waitUntilKnown(isNew ? undefined : now.state.writtenAtMs, outside, write);
  await appOf(now.stored, api, outside.clock).setWebhook({ secret: now.stored.webhookSecret });
  write.out(
    "2/3 GitHub signs with the new one.\n" +
      `3/3 In a while, when nothing is under way with the old one: npx mayfly secret drop-former --stage ${options.stage}\n`,
  );
}
