import { randomBytes } from "node:crypto";

export type MetadataTokens = {
  /** A new token, or undefined when the header is no whole number of seconds from 1 to 21600. */
  issue(ttl: string | undefined): { readonly token: string; readonly ttlSeconds: number } | undefined;
  /** Seconds for which the token is still good; undefined when it is not. */
  secondsLeft(token: string | undefined): number | undefined;
};

const longestSeconds = 21_600;

/** The session tokens of one instance's metadata (IMDSv2). */
export function metadataTokens(): MetadataTokens {
  const expiry = new Map<string, number>();
  return {
    issue(ttl) {
      const ttlSeconds = ttl !== undefined && /^\d{1,6}$/.test(ttl) ? Number(ttl) : 0;
      if (ttlSeconds < 1 || ttlSeconds > longestSeconds) return undefined;
      const token = `${randomBytes(40).toString("base64url")}==`;
      expiry.set(token, Date.now() + ttlSeconds * 1000);
      return { token, ttlSeconds };
    },
    secondsLeft(token) {
      const leftMs = (expiry.get(token ?? "") ?? 0) - Date.now();
      return leftMs > 0 ? Math.ceil(leftMs / 1000) : undefined;
    },
  };
}
