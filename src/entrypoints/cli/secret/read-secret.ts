import type { SecretState, SecretVault } from "../../../adapters/secrets/secret-vault.ts";
import { readStoredSecrets } from "../../../adapters/secrets/stored-secrets.ts";
import type { StoredSecrets } from "../../../adapters/secrets/stored-secrets.ts";
import { NotDone } from "./not-done.ts";

/** The secret of a stage that has one. Rejects with `NotDone` when it has none, or one that nobody can work with. */
export async function readSecret(
  vault: SecretVault,
): Promise<{ readonly stored: StoredSecrets; readonly state: SecretState }> {
  const state = await vault.state();
  if (state.text === undefined) {
    throw new NotDone(`${vault.name} has no value yet: no GitHub App is registered. Run npx mayfly register.`);
  }
  const { stored, problems } = readStoredSecrets(state.text);
  if (stored !== undefined) return { stored, state };
  const lines = problems.map(({ field, message }) => `\n  ${field} ${message}`);
  throw new NotDone(`${vault.name} cannot be worked with:${lines.join("")}`);
}
