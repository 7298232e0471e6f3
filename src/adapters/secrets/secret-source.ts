/** Where the text of the one secret is kept. */
export type SecretSource = {
  /** Stands in messages: the name or ARN of the secret. */
  readonly name: string;
  /** Rejects with a `CallError` of service `secrets` only, which names the secret and never says its text. */
  read(): Promise<string>;
};
