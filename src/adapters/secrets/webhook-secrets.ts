/** Probot's own default: everybody knows it. */
const known = "development";

/**
 * The secrets that sign deliveries: the current one and, while it is being changed, the former one. GitHub has one
 * secret only, so deliveries that are under way at the change still carry the former one.
 * Throws an error that does not repeat them when one is empty or known to everybody.
 */
export function webhookSecrets(current: string, former?: string): readonly string[] {
  const secrets = former === undefined ? [current] : [current, former];
  for (const [index, secret] of secrets.entries()) {
    const problem = webhookSecretProblem(secret);
    if (problem !== undefined) throw new Error(`the ${index === 0 ? "" : "former "}webhook secret ${problem}`);
  }
  return secrets;
}

/** Why this secret protects nothing; undefined when it may. */
export function webhookSecretProblem(secret: string): string | undefined {
  if (secret.trim() === "") return "is empty";
  return secret === known ? "is the one that Probot falls back to, and everybody knows it" : undefined;
}
