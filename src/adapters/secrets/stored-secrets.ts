import { parseObject } from "../json-object.ts";
import { privateKeyPem } from "./private-key.ts";
import { webhookSecretProblem } from "./webhook-secrets.ts";

/** The one secret of a Mayfly as it is stored, in JSON: all of it in one value, so that a change is atomic. */
export type StoredSecrets = {
  readonly appId: number;
  /** PEM, PKCS#8. */
  readonly privateKey: string;
  readonly webhookSecret: string;
  /** Set while the webhook secret is being changed. */
  readonly formerWebhookSecret: string | undefined;
  /** 64 hexadecimal digits. */
  readonly hostKey: string;
};

export type SecretField = keyof StoredSecrets;

/** A field that is not right, and what to do about it; never says a value. `secret`: the text as a whole. */
export type SecretProblem = { readonly field: SecretField | "secret"; readonly message: string };

export type ReadSecrets =
  | { readonly stored: StoredSecrets; readonly problems: readonly [] }
  | { readonly stored: undefined; readonly problems: readonly SecretProblem[] };

type Readers = { readonly [Field in SecretField]: (given: unknown) => StoredSecrets[Field] };

const readers: Readers = {
  appId: readAppId,
  privateKey: (given) => privateKeyPem(typeof given === "object" ? JSON.stringify(given) : readText(given)),
  webhookSecret: readWebhookSecret,
  formerWebhookSecret: (given) => (given === undefined || given === null ? undefined : readWebhookSecret(given)),
  hostKey: readHostKey,
};

/** Every field of the secret, in the order in which people are told of them. */
export const secretFields = Object.keys(readers) as readonly SecretField[];

/** Reads and checks the text of the secret, all of it at once. Fields that it does not know are left alone. Never throws. */
export function readStoredSecrets(text: string): ReadSecrets {
  const given = parseObject(text);
  if (given === undefined) {
    const message = 'is no JSON object such as {"appId": …, "privateKey": …, "webhookSecret": …, "hostKey": …}';
    return { stored: undefined, problems: [{ field: "secret", message }] };
  }
  const problems: SecretProblem[] = [];
  const read = <Field extends SecretField>(field: Field): StoredSecrets[Field] | undefined => {
    try {
      return readers[field](given[field]);
    } catch (error) {
      problems.push({ field, message: error instanceof Error ? error.message : String(error) });
      return undefined;
    }
  };
  const [appId, privateKey, webhookSecret] = [read("appId"), read("privateKey"), read("webhookSecret")];
  const [formerWebhookSecret, hostKey] = [read("formerWebhookSecret"), read("hostKey")];
  const isWhole = problems.length === 0;
  if (!isWhole || appId === undefined || privateKey === undefined || webhookSecret === undefined || !hostKey) {
    return { stored: undefined, problems };
  }
  return { stored: { appId, privateKey, webhookSecret, formerWebhookSecret, hostKey }, problems: [] };
}

function readText(given: unknown): string {
  if (given === undefined || given === null) throw new Error("is missing");
  if (typeof given !== "string") throw new Error("must be a text");
  return given;
}

function readAppId(given: unknown): number {
  if (given === undefined || given === null) throw new Error("is missing");
  const appId = typeof given === "string" && /^\d+$/.test(given) ? Number(given) : given;
  if (typeof appId !== "number" || !Number.isSafeInteger(appId) || appId < 1) {
    throw new Error("must be the App's number, as its settings at GitHub show it");
  }
  return appId;
}

function readWebhookSecret(given: unknown): string {
  const secret = readText(given);
  const problem = webhookSecretProblem(secret);
  if (problem !== undefined) throw new Error(`${problem}. Give it a long random value, here and at GitHub`);
  return secret;
}

/** So many different digits has every key that chance has made. */
const leastDigits = 6;

function readHostKey(given: unknown): string {
  const key = readText(given).trim().toLowerCase();
  if (!/^[0-9a-f]{64}$/.test(key)) throw new Error("must be 64 hexadecimal digits: openssl rand -hex 32");
  if (new Set(key).size < leastDigits) throw new Error("is not random: openssl rand -hex 32 makes one that is");
  return key;
}
