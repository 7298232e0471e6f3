import { checkKey } from "../secret/check-key.ts";
import type { Outside } from "../secret/outside.ts";
import type { GithubPlace } from "./github-place.ts";
import type { RegisteredApp } from "./registered-app.ts";

/** An App that somebody has made by hand, or whose keys were lost: its webhook secret will be another one. */
export async function adoptApp(
  given: { readonly appId: number; readonly keyFile: string },
  { api }: GithubPlace,
  outside: Outside,
): Promise<RegisteredApp> {
  return { ...(await checkKey(given, api, outside)), webhookSecret: undefined };
}
