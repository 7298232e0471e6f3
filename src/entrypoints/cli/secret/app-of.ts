import { appIdentity } from "../../../adapters/github/app-identity.ts";
import type { AppIdentity } from "../../../adapters/github/app-identity.ts";
import type { Clock, Log } from "../../../core/ports.ts";

/** The commands say themselves what has happened. */
const silent: Log = { debug: () => {}, info: () => {}, warn: () => {}, error: () => {} };

/** The App of these keys at GitHub. */
export function appOf(
  keys: { readonly appId: number; readonly privateKey: string },
  api: string,
  clock: Clock,
): AppIdentity {
  return appIdentity({ ...keys, baseUrl: api, log: silent, clock, timeoutMs: 30_000 });
}
