import { CallError } from "../../core/errors/call-error.ts";
import type { Clock, Log } from "../../core/ports.ts";
import type { SecretSource } from "./secret-source.ts";
import { readStoredSecrets } from "./stored-secrets.ts";
import { webhookSecrets } from "./webhook-secrets.ts";

/** What a Mayfly must never lose or show. */
export type AppSecrets = {
  readonly appId: number;
  /** PEM, PKCS#8; it has signed when it was read. */
  readonly privateKey: string;
  /** The current one, then the former one if there is one: deliveries of both are GitHub's. */
  readonly webhookSecrets: readonly string[];
  /** 32 bytes. */
  readonly hostKey: Buffer;
};

export type AppSecretsOptions = {
  readonly source: SecretSource;
  readonly clock: Clock;
  readonly log: Log;
  /** How old what is given may be. */
  readonly freshMs?: number | undefined;
};

/**
 * A change of the secret counts after this at the latest, everywhere: who changes it and GitHub at once has to wait in
 * between.
 */
export const secretsFreshMs = 300_000;
/** While the secret cannot be read, the last good one is used so long. */
const keptMs = 3_600_000;
/** While it cannot be read it is asked for so seldom. */
const retryMs = 30_000;

type Held = { readonly secrets: AppSecrets; readonly text: string; readonly readAtMs: number };

/**
 * The App's secrets, checked and shared while they are fresh. Those who ask at the same time share one request. A
 * failure is never kept: without a good value each `read` asks again, and rejects with a `CallError` that says what to do.
 * With one, a secret that cannot be read or used any more leaves the good one in use for an hour, and is logged once.
 */
export function appSecrets(options: AppSecretsOptions): { read(): Promise<AppSecrets> } {
  const { source, clock, log, freshMs = secretsFreshMs } = options;
  let held: Held | undefined;
  let retryAtMs: number | undefined;
  let reading: Promise<AppSecrets> | undefined;

  const dueMs = ({ readAtMs }: Held): number =>
    retryAtMs === undefined ? readAtMs + freshMs : Math.min(retryAtMs, readAtMs + keptMs);
  const readAgain = async (): Promise<AppSecrets> => {
    try {
      const text = await source.read();
      const secrets = text === held?.text ? held.secrets : appSecretsOf(text, source.name);
      held = { secrets, text, readAtMs: clock.nowMs() };
      if (retryAtMs !== undefined) log.info("the App's secret can be read again", { secret: source.name });
      retryAtMs = undefined;
      return secrets;
    } catch (error) {
      const nowMs = clock.nowMs();
      if (held === undefined || nowMs >= held.readAtMs + keptMs) throw error;
      if (retryAtMs === undefined) {
        const detail = error instanceof Error ? error.message : String(error);
        log.error("the App's secret cannot be used: the last good one stays for an hour", {
          secret: source.name,
          detail,
        });
      }
      retryAtMs = nowMs + retryMs;
      return held.secrets;
    }
  };
  return {
    async read() {
      if (held !== undefined && clock.nowMs() < dueMs(held)) return held.secrets;
      reading ??= readAgain().finally(() => (reading = undefined));
      return await reading;
    },
  };
}

/** Throws a `CallError` with everything that is wrong with the text. */
function appSecretsOf(text: string, name: string): AppSecrets {
  const { stored, problems } = readStoredSecrets(text);
  if (stored === undefined) {
    const wrong = problems.map(({ field, message }) => (field === "secret" ? message : `${field} ${message}`));
    const message = `the secret ${name}: ${wrong.join("; ")}`;
    throw new CallError({ service: "secrets", operation: "read", kind: "invalid", message });
  }
  const { appId, privateKey, webhookSecret, formerWebhookSecret, hostKey } = stored;
  return {
    appId,
    privateKey,
    webhookSecrets: webhookSecrets(webhookSecret, formerWebhookSecret),
    hostKey: Buffer.from(hostKey, "hex"),
  };
}
