import { readFile } from "node:fs/promises";
import { CreateSecretCommand, SecretsManagerClient } from "@aws-sdk/client-secrets-manager";
import { PutParameterCommand, SSMClient } from "@aws-sdk/client-ssm";
import { parseDocument } from "yaml";
import { appId, region } from "../sandbox-names.ts";

/** What the functions of a deployment read at run time, by its names. */
export const names = { secret: "mayfly/sandbox", policyParameter: "/mayfly/sandbox/policy" } as const;

const credentials = { accessKeyId: "sandbox", secretAccessKey: "sandbox" };

export type DeployedSecrets = {
  readonly privateKey: string;
  readonly webhookSecret: string;
  readonly hostKey: string;
};

/** Writes the one secret, as `npx mayfly register` does for a real App. */
export async function writeSecret(awsUrl: string, secrets: DeployedSecrets): Promise<void> {
  const client = new SecretsManagerClient({ region, endpoint: awsUrl, credentials });
  try {
    const text = JSON.stringify({ appId, ...secrets });
    await client.send(new CreateSecretCommand({ Name: names.secret, SecretString: text }));
  } finally {
    client.destroy();
  }
}

/**
 * Puts an operator's policy where the functions read it, as a deployment does; without a file one that only says who is
 * served. An operator's file names real installations and regions: in the sandbox everything else of it can be tried.
 */
export async function writePolicy(
  awsUrl: string,
  installationId: number,
  policyFile: string | undefined,
): Promise<void> {
  const document = parseDocument(policyFile === undefined ? "{}" : await readFile(policyFile, "utf8"));
  // What is wrong with the text is told by the functions, where an operator would read it.
  if (document.errors.length === 0) {
    document.set("installations", [installationId]);
    document.delete("regions");
  }
  const client = new SSMClient({ region, endpoint: awsUrl, credentials });
  try {
    const Value = document.errors.length === 0 ? document.toString() : await readFile(policyFile ?? "", "utf8");
    await client.send(
      new PutParameterCommand({
        Name: names.policyParameter,
        Type: "String",
        Tier: "Intelligent-Tiering",
        Overwrite: true,
        Value,
      }),
    );
  } finally {
    client.destroy();
  }
}
