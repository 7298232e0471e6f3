/** Shapes of everything secret that passes through this adapter; GitHub's tokens have no fixed length or alphabet. */
const SECRETS: readonly RegExp[] = [
  /-----BEGIN [^-]*PRIVATE KEY-----[\s\S]*?(-----END [^-]*PRIVATE KEY-----|$)/g,
  /\b(gh[a-z]_|github_pat_)[A-Za-z0-9._-]+/g,
  /\beyJ[A-Za-z0-9_-]+(\.[A-Za-z0-9_-]*){1,2}/g, // a JWT
  /[A-Za-z0-9+/=_-]{200,}/g, // a JIT config, or a piece of one
];

/** `text` without tokens, JWTs, private keys and JIT configs, cut to a length that a log line and a check run bear. */
export function redact(text: string): string {
  const clean = SECRETS.reduce((rest, secret) => rest.replace(secret, "[redacted]"), text);
  return clean.length > 500 ? `${clean.slice(0, 500)}…` : clean;
}
