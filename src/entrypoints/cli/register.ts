import { readStoredSecrets } from "../../adapters/secrets/stored-secrets.ts";
import type { SecretVault } from "../../adapters/secrets/secret-vault.ts";
import type { Write } from "./program.ts";
import { adoptApp } from "./register/adopt-app.ts";
import { githubPlace } from "./register/github-place.ts";
import type { GithubPlace } from "./register/github-place.ts";
import { makeApp } from "./register/make-app.ts";
import type { RegisteredApp } from "./register/registered-app.ts";
import { describeInstallations } from "./register/describe-installations.ts";
import { storeApp } from "./register/store-app.ts";
import { appOf } from "./secret/app-of.ts";
import { deploymentOf } from "./secret/deployment.ts";
import type { DeploymentOptions } from "./secret/deployment.ts";
import { NotDone } from "./secret/not-done.ts";
import type { Outside } from "./secret/outside.ts";

export type RegisterOptions = DeploymentOptions & {
  /** Login of the organisation that the App will belong to; without one it is the person's who is logged in. */
  readonly organization?: string | undefined;
  readonly github: string;
  readonly api?: string | undefined;
  readonly name?: string | undefined;
  readonly homepage?: string | undefined;
  readonly organizationRunners?: boolean | undefined;
  /** Another App may stand in the secret already. */
  readonly replace?: boolean | undefined;
  /** Of 127.0.0.1. */
  readonly port: number;
  /** Both: an App that is there is taken in place of a new one. */
  readonly appId?: number | undefined;
  readonly key?: string | undefined;
};

/**
 * Makes a GitHub App for a stage, or takes one that is there, and stores its secrets in the stage's one secret. Rejects
 * with `NotDone` or a `CallError` when it stopped before its end.
 */
export async function register(options: RegisterOptions, outside: Outside, write: Write): Promise<void> {
  const github = githubPlace(options.github, options.api);
  const { vault, webhookUrl } = await deploymentOf(options, outside);
  const before = await vault.state();
  if (before.text !== undefined && options.replace !== true) {
    throw new NotDone(await alreadyThere(before.text, vault, github, outside));
  }
  const { appId, key } = options;
  const app: RegisteredApp =
    appId === undefined || key === undefined
      ? await makeApp({ ...options, webhookUrl }, github, outside, write)
      : await adoptApp({ appId, keyFile: key }, github, outside);
  const owner = options.organization;
  if (owner !== undefined && owner.toLowerCase() !== app.facts.owner.toLowerCase()) {
    throw new NotDone(
      `the App ${app.facts.name} belongs to ${app.facts.owner} and not to ${owner}: nothing was stored. ` +
        `Whoever made it can delete it.`,
    );
  }
  await storeApp(app, { stage: options.stage, vault, before, webhookUrl, github }, outside, write);
}

async function alreadyThere(
  text: string,
  vault: SecretVault,
  { api }: GithubPlace,
  { clock }: Outside,
): Promise<string> {
  const { stored } = readStoredSecrets(text);
  const again = "With --replace another App takes its place.";
  if (stored === undefined) return `${vault.name} holds something already; npx mayfly secret show says what. ${again}`;
  const app = appOf(stored, api, clock);
  const shown = await Promise.all([app.facts(), app.installations()]).catch(() => undefined);
  if (shown === undefined) return `${vault.name} holds the App ${stored.appId} already. ${again}`;
  const [{ name }, installations] = shown;
  return `${vault.name} holds the App ${name} (${stored.appId}) already. ${describeInstallations(installations)} ${again}`;
}
