import type { AppRecord } from "./state.ts";

/** An App that was registered by a manifest; nobody has installed it. */
export type RegisteredApp = AppRecord & { readonly name: string; readonly owner: string; readonly homepage: string };

/** What a person has agreed to, before there is a key. */
export type AgreedManifest = Omit<RegisteredApp, "id" | "publicKeyPem" | "webhookSecret" | "createdAtMs"> & {
  readonly expiresAtMs: number;
};
