import { redact } from "../log/redact.ts";

/** What an operator reads between the deployment and the registration of the App. */
export function noValueYet(secret: string): string {
  return `${secret} has no value yet: no GitHub App is registered for this stage. Run npx mayfly register`;
}

/**
 * A service's own words without what it may have quoted of a request: AWS's validation errors say
 * `Value '…' at '…' failed`, and refused signatures come with the whole request.
 */
export function redactedWords(words: string): string {
  const plain = words
    .replace(/\s*The Canonical String for this request[\s\S]*$/, "")
    .replaceAll(/Value '[\s\S]*?' at '/g, "Value '[redacted]' at '");
  return redact(plain);
}
