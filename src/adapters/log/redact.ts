/**
 * What must never stand in a log line, whoever wrote it there: GitHub's tokens, which have no fixed length (GitHub,
 * 2026), private keys, JSON web tokens, and long base64 texts such as JIT configs.
 */
const secrets: readonly RegExp[] = [
  /\b(?:gh[a-z]|github_pat)_[A-Za-z0-9._-]+/g,
  /-----BEGIN [A-Z ]*PRIVATE KEY-----[\s\S]*?(?:-----END [A-Z ]*PRIVATE KEY-----|$)/g,
  /\beyJ[\w-]{10,}(?:\.[\w-]*){1,2}/g,
  /[A-Za-z0-9+/=_-]{200,}/g,
];

/** The same text with everything that looks like a secret replaced. */
export function redact(text: string): string {
  return secrets.reduce((result, pattern) => result.replaceAll(pattern, "[redacted]"), text);
}
