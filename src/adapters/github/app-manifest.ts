import type { Clock, Log } from "../../core/ports.ts";
import { nonEmpty } from "./answer-fields.ts";
import { readAppFacts, type AppFacts } from "./app-identity.ts";
import { limits } from "./limits.ts";
import { octokit } from "./octokit.ts";
import { perform } from "./perform.ts";

/** An App that GitHub has just made, with what it shows once only. */
export type NewApp = {
  readonly facts: AppFacts;
  /** PEM, PKCS#1. */
  readonly privateKey: string;
  /** Undefined where GitHub made none. */
  readonly webhookSecret: string | undefined;
};

/** The address of this request holds the code, which is worth the App's key: nobody logs it. */
const silent: Log = { debug: () => {}, info: () => {}, warn: () => {}, error: () => {} };

/**
 * Fetches the App that a manifest has become; `code` is good once, within an hour. Makes one request and rejects with a
 * `CallError` only: `not-found` for a code that is used or too old, `lost-reply` when GitHub may have given the keys
 * away and nobody has them.
 * https://docs.github.com/en/apps/sharing-github-apps/registering-a-github-app-from-a-manifest
 */
export async function newApp(
  code: string,
  {
    baseUrl,
    clock,
    timeoutMs = 30_000,
  }: { readonly baseUrl: string; readonly clock: Clock; readonly timeoutMs?: number },
): Promise<NewApp> {
  const client = octokit({ baseUrl, log: silent, timeoutMs });
  const request = perform({ clock, log: silent, limits: limits({ clock, log: silent }) });
  return await request(
    "app",
    { operation: "create-from-manifest", once: true },
    () => client.rest.apps.createFromManifest({ code }),
    ({ data }) => ({
      facts: readAppFacts(data),
      privateKey: nonEmpty(data.pem),
      webhookSecret: data.webhook_secret ?? undefined,
    }),
  );
}
