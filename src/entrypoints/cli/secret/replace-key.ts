import { secretsFreshMs } from "../../../adapters/secrets/app-secrets.ts";
import { keyFingerprint } from "../../../adapters/secrets/private-key.ts";
import { githubPlace, settingsPage } from "../register/github-place.ts";
import type { Write } from "../program.ts";
import { checkKey } from "./check-key.ts";
import { vaultOf } from "./deployment.ts";
import type { Outside } from "./outside.ts";
import { readSecret } from "./read-secret.ts";
import type { SecretOptions } from "./rotate-webhook.ts";
import { timeOfDay } from "./wait-until-known.ts";
import { writeSecret } from "./write-secret.ts";

/** Functions may hold a token that was made with the old key; a new one is made with the new key. */
const marginMs = 60_000;

/** Puts another private key of the same App into the secret, after GitHub has taken it. */
export async function replaceKey(
  options: SecretOptions & { readonly key: string },
  outside: Outside,
  write: Write,
): Promise<void> {
  const github = githubPlace(options.github, options.api);
  const vault = await vaultOf(options, outside);
  const { stored, state } = await readSecret(vault);
  const before = keyFingerprint(stored.privateKey);
  const { facts, privateKey } = await checkKey({ appId: stored.appId, keyFile: options.key }, github.api, outside);
  if (keyFingerprint(privateKey) === before) {
    write.out(`${vault.name} holds this key already, ${before}.\n`);
    return;
  }
  await writeSecret(vault, { ...stored, privateKey }, state, outside);
  const { stored: kept } = await readSecret(vault);
  const knownMs = outside.clock.nowMs() + secretsFreshMs + marginMs;
  write.out(
    `${vault.name} holds the new key, ${keyFingerprint(kept.privateKey)}.\n` +
      `Delete the old one, ${before}, after ${timeOfDay(knownMs)}: until then functions may use it.\n` +
      `  ${settingsPage(github, facts)}\n` +
      `Delete ${options.key} too: nothing needs it any more.\n`,
  );
}
