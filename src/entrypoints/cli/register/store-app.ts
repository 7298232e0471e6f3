import { parseObject } from "../../../adapters/json-object.ts";
import type { SecretState, SecretVault } from "../../../adapters/secrets/secret-vault.ts";
import { readStoredSecrets } from "../../../adapters/secrets/stored-secrets.ts";
import type { StoredSecrets } from "../../../adapters/secrets/stored-secrets.ts";
import { isCallError } from "../../../core/errors/call-error.ts";
import type { Write } from "../program.ts";
import { appOf } from "../secret/app-of.ts";
import { NotDone } from "../secret/not-done.ts";
import type { Outside } from "../secret/outside.ts";
import { readSecret } from "../secret/read-secret.ts";
import { writeSecret } from "../secret/write-secret.ts";
import { settingsPage } from "./github-place.ts";
import type { GithubPlace } from "./github-place.ts";
import type { RegisteredApp } from "./registered-app.ts";

export type StoreTarget = {
  readonly stage: string;
  readonly vault: SecretVault;
  /** As it was before the App was made. */
  readonly before: SecretState;
  readonly webhookUrl: string;
  readonly github: GithubPlace;
};

/** Between the tries to be known at GitHub, which may take a moment for a new App. */
const pausesMs = [1000, 3000, 6000];

/**
 * Stores the App's secrets, reads them back, shows GitHub the key that was read back, and sees to it that deliveries come
 * to this deployment. Says at the end what the operator does next.
 */
export async function storeApp(app: RegisteredApp, target: StoreTarget, outside: Outside, write: Write): Promise<void> {
  const { vault, before, webhookUrl, github } = target;
  const { facts, privateKey } = app;
  const stored: StoredSecrets = {
    appId: facts.id,
    privateKey,
    webhookSecret: app.webhookSecret ?? outside.randomHex(32),
    formerWebhookSecret: undefined,
    hostKey: hostKeyOf(before) ?? outside.randomHex(32),
  };
  await writeSecret(vault, stored, before, outside).catch((error: unknown) => {
    throw notStored(error, app, target);
  });
  const { stored: kept, state } = await readSecret(vault);
  write.out(`Its secrets are in ${vault.name}, version ${state.version}.\n`);
  const identity = appOf(kept, github.api, outside.clock);
  await patiently(() => identity.facts(), outside);
  if (app.webhookSecret === undefined || (await identity.webhookUrl()) !== webhookUrl) {
    await identity.setWebhook({ secret: kept.webhookSecret, url: webhookUrl });
  }
  const soon =
    before.text === undefined
      ? ""
      : "Functions read the secret anew within 5 minutes; what they refuse until then the schedule fetches from GitHub.\n";
  write.out(
    `GitHub takes its key, and delivers to ${webhookUrl}.\n${soon}\n` +
      `Next:\n` +
      `  1. Install it where it is to serve: ${facts.url}/installations/new\n` +
      `  2. Put the installation's number into policy.yml, installations: [NUMBER], and deploy again. The page after the\n` +
      `     installation has it at the end of its address; npx mayfly register --stage ${target.stage} says it too.\n`,
  );
}

/** The keys are lost with this process: says how to get others. */
function notStored(error: unknown, { facts }: RegisteredApp, { stage, before, github }: StoreTarget): NotDone {
  const why = error instanceof Error ? error.message : String(error);
  const replace = before.text === undefined ? "" : " --replace";
  return new NotDone(
    `the App ${facts.name} is there, but its secrets could not be stored: ${why}\n` +
      `When that is mended, make a private key for it at ${settingsPage(github, facts)} and run, with the same options:\n` +
      `  npx mayfly register --stage ${stage}${replace} --app-id ${facts.id} --key FILE`,
  );
}

/** Machines that are on their way have proofs made with the host key: it stays when the App becomes another one. */
function hostKeyOf({ text }: SecretState): string | undefined {
  if (text === undefined) return undefined;
  const isGood = !readStoredSecrets(text).problems.some(({ field }) => field === "hostKey" || field === "secret");
  return isGood ? String(parseObject(text)?.["hostKey"]) : undefined;
}

async function patiently<Result>(ask: () => Promise<Result>, { sleep }: Outside): Promise<Result> {
  for (const pauseMs of pausesMs) {
    try {
      return await ask();
    } catch (error) {
      if (!isCallError(error, "unauthorized", "not-found", "unavailable")) throw error;
      await sleep(pauseMs);
    }
  }
  return await ask();
}
