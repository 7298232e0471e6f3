import { keyFingerprint } from "../../../adapters/secrets/private-key.ts";
import { parseObject } from "../../../adapters/json-object.ts";
import type { SecretState } from "../../../adapters/secrets/secret-vault.ts";
import { readStoredSecrets, secretFields } from "../../../adapters/secrets/stored-secrets.ts";
import type { SecretField } from "../../../adapters/secrets/stored-secrets.ts";
import type { Write } from "../program.ts";
import { vaultOf } from "./deployment.ts";
import type { DeploymentOptions } from "./deployment.ts";
import { NotDone } from "./not-done.ts";
import type { Outside } from "./outside.ts";
import { changeTimes } from "./secret-text.ts";

/**
 * Writes which fields of the secret are set and since when, and what is wrong with them; never a value. Of the private
 * key it writes the fingerprint that GitHub shows as well. Rejects with `NotDone` when something is wrong.
 */
export async function show(options: DeploymentOptions, outside: Outside, write: Write): Promise<void> {
  const vault = await vaultOf(options, outside);
  const state = await vault.state();
  const { text } = state;
  if (text === undefined) throw new NotDone(`${vault.name} has no value yet. Run npx mayfly register.`);
  const nowMs = outside.clock.nowMs();
  write.out(`${vault.name}: version ${state.version}${since(state.writtenAtMs, nowMs)}\n`);
  const { stored, problems } = readStoredSecrets(text);
  const given = parseObject(text) ?? {};
  const times = changeTimes(text);
  const lines = secretFields.map((field) => {
    const isSet = given[field] !== undefined && given[field] !== null;
    const problem = problems.find((one) => one.field === field)?.message;
    const print = field === "privateKey" && stored !== undefined ? `, ${keyFingerprint(stored.privateKey)}` : "";
    const age = times[field] === undefined ? "" : since(Date.parse(times[field]), nowMs);
    return `  ${field.padEnd(19)}  ${isSet ? `set${print}${age}` : "not set"}${problem === undefined ? "" : `: ${problem}`}\n`;
  });
  write.out(lines.join(""));
  const unknown = Object.keys(given).filter((name) => name !== "changedAt" && !secretFields.includes(name as SecretField)); // prettier-ignore
  if (unknown.length > 0) write.out(`  left alone: ${unknown.join(", ")}\n`);
  const whole = problems.find(({ field }) => field === "secret")?.message;
  if (stored === undefined) throw new NotDone(`${vault.name} ${whole ?? "cannot be worked with: see above"}`);
}

function since(ms: SecretState["writtenAtMs"], nowMs: number): string {
  if (ms === undefined) return "";
  const minutes = Math.max(0, Math.floor((nowMs - ms) / 60_000));
  const age =
    minutes < 120 ? `${minutes} min` : minutes < 2880 ? `${Math.floor(minutes / 60)} h` : `${Math.floor(minutes / 1440)} days`; // prettier-ignore
  return `, since ${new Date(ms).toISOString().slice(0, 19)}Z (${age})`;
}
