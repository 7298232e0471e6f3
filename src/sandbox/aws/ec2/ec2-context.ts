import type { QueryInput } from "./query-input.ts";
import type { Fleet } from "./fleet.ts";
import type { Ec2Options } from "./options.ts";
import type { TokenBucket } from "./token-bucket.ts";
import type { XmlValue } from "../xml.ts";

/** What the operations of EC2 work on. */
export type Ec2Context = {
  readonly region: string;
  readonly account: string;
  readonly options: Ec2Options;
  readonly fleet: Fleet;
  /** From which each launched instance takes one. */
  readonly launchedInstances: TokenBucket;
  /** Launches with a client token, by the token. */
  readonly launches: Map<string, Launch>;
  /** Numbers of the instances that a description has shown. */
  readonly shown: Set<number>;
};

export type Launch = { readonly fingerprint: string; readonly answer: XmlValue };

/** Carries out one operation; throws an `AwsError` as EC2 would answer it. `fault` is one that strikes in its midst. */
export type Ec2Carry = (context: Ec2Context, input: QueryInput, fault: string | undefined) => XmlValue;
