import type { LambdaClient } from "@aws-sdk/client-lambda";
import type { LambdaFunction } from "./choose-function.ts";

/** What an operator chooses for runners on Lambda. */
export type LambdaOptions = {
  /**
   * A region's client, the same one each time. Made with `maxAttempts: 1`: what a failed call means is decided in the
   * core alone.
   */
  readonly clients: (region: string) => LambdaClient;
  /** Of functions that name no other one. */
  readonly region: string;
  /** For each kind of machine one; of equal ones the first is taken. */
  readonly functions: readonly LambdaFunction[];
  readonly claimWithinSeconds?: number | undefined;
  readonly lifetimeSeconds?: number | undefined;
  readonly usualStartSeconds?: number | undefined;
};
