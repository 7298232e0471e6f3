/**
 * What must never stand in a log line, whoever wrote it there: installation tokens in GitHub's old and new form
 * (pattern recommended by GitHub in 2026), other GitHub tokens, private keys, JSON web tokens, and long base64 texts
 * such as JIT configs.
 */
const secrets: readonly [RegExp, string][] = [
  [/ghs_[A-Za-z0-9._-]{16,}/g, "ghs_***"],
  [/\b(?:ghp|gho|ghu|ghr|github_pat)_\w{16,}/g, "gh*_***"],
  [/-----BEGIN [A-Z ]*PRIVATE KEY-----[\s\S]*?-----END [A-Z ]*PRIVATE KEY-----/g, "***private key***"],
  [/\beyJ[\w-]{10,}\.[\w-]{10,}\.[\w-]{10,}/g, "***jwt***"],
  [/[A-Za-z0-9+/]{400,}={0,2}/g, "***base64***"],
];

/** The same text with everything that looks like a secret replaced. */
export function redact(text: string): string {
  return secrets.reduce((result, [pattern, replacement]) => result.replaceAll(pattern, replacement), text);
}
