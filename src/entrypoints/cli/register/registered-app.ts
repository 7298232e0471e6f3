import type { AppFacts } from "../../../adapters/github/app-identity.ts";

/** An App whose keys are in this process, and perhaps nowhere else. */
export type RegisteredApp = {
  readonly facts: AppFacts;
  /** PEM, PKCS#8. */
  readonly privateKey: string;
  /** Undefined: GitHub has to be told a new one. */
  readonly webhookSecret: string | undefined;
};
