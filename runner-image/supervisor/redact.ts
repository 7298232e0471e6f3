const tokens = /\bgh[a-z]_[\w.-]{16,}|\bgithub_pat_\w{20,}/g;

/** Returns a function that replaces the given secrets, and everything shaped like a GitHub token, by `***`. */
export function redactor(secrets: readonly string[]): (text: string) => string {
  const known = secrets.filter((secret) => secret.length >= 8);
  return (text) => {
    const shaped = text.replace(tokens, "***");
    return known.reduce((line, secret) => line.replaceAll(secret, "***"), shaped);
  };
}
