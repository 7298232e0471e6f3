import { redact } from "../log/redact.ts";

/** What an operator reads between the deployment and the registration of the App. */
export function noValueYet(secret: string): string {
  return `${secret} has no value yet: no GitHub App is registered for this stage. Run npx mayfly register`;
}

/** A service's own words without the values that AWS's validation errors quote: `Value '…' at '…' failed`. */
export function redactedWords(words: string): string {
  return redact(words.replaceAll(/Value '[\s\S]*?' at '/g, "Value '[redacted]' at '"));
}
