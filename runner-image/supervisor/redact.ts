const tokens = /\bgh[a-z]_[\w.-]{16,}|\bgithub_pat_\w{20,}/g;

export type Redactor = {
  /** Replaces what is hidden, and everything shaped like a GitHub token, by `***`. */
  readonly redact: (text: string) => string;
  /** Hides these too from now on; too short ones would hide innocent text and are left. */
  readonly hide: (...secrets: readonly string[]) => void;
};

export function redactor(secrets: readonly string[]): Redactor {
  const known: string[] = [];
  const hide: Redactor["hide"] = (...more) => void known.push(...more.filter((secret) => secret.length >= 8));
  hide(...secrets);
  return {
    redact: (text) => known.reduce((line, secret) => line.replaceAll(secret, "***"), text.replace(tokens, "***")),
    hide,
  };
}
