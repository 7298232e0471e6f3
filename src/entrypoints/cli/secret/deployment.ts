import { secretPlace } from "../../../adapters/secrets/secret-place.ts";
import type { SecretVault } from "../../../adapters/secrets/secret-vault.ts";
import { secretsManagerVault } from "../../../adapters/secrets/secrets-manager-vault.ts";
import { ssmVault } from "../../../adapters/secrets/ssm-vault.ts";
import { NotDone } from "./not-done.ts";
import type { Outside } from "./outside.ts";
import { stackOutputs } from "./stack-outputs.ts";

/** Options that every command about a deployment takes. */
export type DeploymentOptions = {
  readonly stage: string;
  /** In place of what the stack says. */
  readonly secret?: string | undefined;
  readonly webhookUrl?: string | undefined;
};

/** Where a stage keeps its secret. */
export async function vaultOf(options: DeploymentOptions, outside: Outside): Promise<SecretVault> {
  const { stage, secret } = options;
  const text = secret ?? output(await stackOutputs(outside.cloudFormation, stage), "SecretName", "--secret", stage);
  const { service, id } = place(text);
  return service === "ssm" ? ssmVault(outside.ssm, id) : secretsManagerVault(outside.secretsManager, id);
}

/** Where a stage keeps its secret, and where GitHub is to deliver. */
export async function deploymentOf(
  options: DeploymentOptions,
  outside: Outside,
): Promise<{ readonly vault: SecretVault; readonly webhookUrl: string }> {
  const { stage, secret, webhookUrl } = options;
  const isSaid = secret !== undefined && webhookUrl !== undefined;
  const outputs = isSaid ? {} : await stackOutputs(outside.cloudFormation, stage);
  const url = webhookUrl ?? output(outputs, "WebhookUrl", "--webhook-url", stage);
  if (!URL.canParse(url)) throw new NotDone(`${url} is no address that GitHub could deliver to: see --webhook-url.`);
  const secretName = secret ?? output(outputs, "SecretName", "--secret", stage);
  return { vault: await vaultOf({ stage, secret: secretName }, outside), webhookUrl: url };
}

function output(outputs: Readonly<Record<string, string>>, key: string, option: string, stage: string): string {
  const value = outputs[key];
  if (value !== undefined && value !== "") return value;
  throw new NotDone(`the stack mayfly-${stage} has no output ${key}: deploy it again, or give ${option}.`);
}

function place(text: string): ReturnType<typeof secretPlace> {
  try {
    return secretPlace(text);
  } catch (error) {
    throw new NotDone(error instanceof Error ? error.message : String(error));
  }
}
