import type { SecretState, SecretVault } from "../../../adapters/secrets/secret-vault.ts";
import type { StoredSecrets } from "../../../adapters/secrets/stored-secrets.ts";
import { isCallError } from "../../../core/errors/call-error.ts";
import type { Outside } from "./outside.ts";
import { secretText } from "./secret-text.ts";

/** Between the tries. */
const pausesMs = [2000, 4000, 8000, 16_000];

/**
 * Writes the secret as one new version made from `before`. What passes is tried again for half a minute, for some of
 * these secrets are nowhere else; everything else rejects at once, with a `CallError`.
 */
export async function writeSecret(
  vault: SecretVault,
  stored: StoredSecrets,
  before: SecretState,
  { clock, sleep }: Pick<Outside, "clock" | "sleep">,
): Promise<void> {
  const text = secretText(stored, before.text, clock.nowMs());
  for (const pauseMs of pausesMs) {
    try {
      await vault.write(text, before);
      return;
    } catch (error) {
      if (!isCallError(error, "lost-reply", "unavailable", "rate-limited")) throw error;
      await sleep(pauseMs);
    }
  }
  await vault.write(text, before);
}
