/** Where a word begins, in text and in JSON, which writes a line break before it as `\\n`: letters too. */
const begin = String.raw`(?<=^|[^A-Za-z0-9_]|\\[bfnrt]|\\u[0-9a-f]{4})`;

/**
 * What must never stand in a log line, whoever wrote it there: GitHub's tokens, which have no fixed length (GitHub,
 * 2026), private keys, JSON web tokens, and long base64 texts such as JIT configs. Of a line of JSON, no match takes a
 * part of an escape, or reaches beyond its string: a job's name may hold the beginning of a key and no end.
 */
const secrets: readonly RegExp[] = [
  new RegExp(String.raw`${begin}(?:gh[a-z]|github_pat)_[A-Za-z0-9._-]+`, "g"),
  /-----BEGIN [A-Z ]*PRIVATE KEY-----(?:[^"\\]|\\.)*?(?:-----END [A-Z ]*PRIVATE KEY-----|(?="|\n?$))/g,
  new RegExp(String.raw`${begin}eyJ[\w-]{10,}(?:\.[\w-]*){1,2}`, "g"),
  /(?<!\\(?:u[0-9a-f]{0,3})?)[A-Za-z0-9+/=_-]{200,}/g,
];

/** The same text with everything that looks like a secret replaced; a line of JSON stays one. */
export function redact(text: string): string {
  return secrets.reduce((result, pattern) => result.replaceAll(pattern, "[redacted]"), text);
}
