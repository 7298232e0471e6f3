import { CallError } from "../../core/errors/call-error.ts";
import type { SecretSource } from "./secret-source.ts";

/** The secret as it is stored at one moment. */
export type SecretState = {
  /** Undefined: it has no value yet. */
  readonly text: string | undefined;
  /** As the service names this version; undefined without a value. */
  readonly version: string | undefined;
  /** When this version was written, ms since the epoch; undefined without a value. */
  readonly writtenAtMs: number | undefined;
  /** What `write` needs to notice that somebody else has written since. */
  readonly stamp: string;
};

/** Where people change the secret; functions only read it, by a `SecretSource`. */
export type SecretVault = Pick<SecretSource, "name"> & {
  /** Rejects with a `CallError` of service `secrets`. */
  state(): Promise<SecretState>;
  /**
   * Writes the whole text as one new version. `before` is what the change was made from: when somebody else has written
   * since, it rejects with the kind `conflict`. A repetition after a lost reply changes nothing.
   */
  write(text: string, before: SecretState): Promise<void>;
};

/** What a write from an older state than the present one rejects with. */
export function changedMeanwhile(name: string, operation: string): CallError {
  const message = `the secret ${name} was changed by somebody else at the same time: look at it and try again`;
  return new CallError({ service: "secrets", operation, kind: "conflict", message });
}

/** True when the text is what is stored already; throws the conflict when it is another one than `before`. */
export function isWritten(text: string, before: SecretState, now: SecretState, name: string): boolean {
  if (now.stamp === before.stamp) return false;
  if (now.text === text) return true;
  throw changedMeanwhile(name, "write");
}
