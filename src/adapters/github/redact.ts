import { redact as redactSecrets } from "../log/redact.ts";

const mostCharacters = 500;

/** `text` without secrets, cut to a length that a log line and a check run bear. */
export function redact(text: string): string {
  const clean = redactSecrets(text);
  return clean.length > mostCharacters ? `${clean.slice(0, mostCharacters)}…` : clean;
}
