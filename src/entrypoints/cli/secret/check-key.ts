import { readFile } from "node:fs/promises";
import type { AppFacts } from "../../../adapters/github/app-identity.ts";
import { privateKeyPem } from "../../../adapters/secrets/private-key.ts";
import { isCallError } from "../../../core/errors/call-error.ts";
import { appOf } from "./app-of.ts";
import { NotDone } from "./not-done.ts";
import type { Outside } from "./outside.ts";

export type CheckedKey = { readonly facts: AppFacts; /** PEM, PKCS#8. */ readonly privateKey: string };

/** The key in a file, when GitHub takes it for this App. Rejects with `NotDone`, or a `CallError` without an answer. */
export async function checkKey(
  { appId, keyFile }: { readonly appId: number; readonly keyFile: string },
  api: string,
  { clock }: Pick<Outside, "clock">,
): Promise<CheckedKey> {
  const privateKey = await readKey(keyFile);
  try {
    return { facts: await appOf({ appId, privateKey }, api, clock).facts(), privateKey };
  } catch (error) {
    if (!isCallError(error, "unauthorized", "not-found")) throw error;
    const why = error.facts.kind === "not-found" ? `knows no App ${appId}` : `does not take it for the App ${appId}`;
    throw new NotDone(`${keyFile}: GitHub ${why} (${error.facts.message}). Nothing was stored.`);
  }
}

async function readKey(file: string): Promise<string> {
  const text = await readFile(file, "utf8").catch((error: unknown) => {
    throw new NotDone(`${file} cannot be read: ${error instanceof Error ? error.message : String(error)}`);
  });
  try {
    return privateKeyPem(text);
  } catch (error) {
    throw new NotDone(`${file} ${error instanceof Error ? error.message : String(error)}.`);
  }
}
