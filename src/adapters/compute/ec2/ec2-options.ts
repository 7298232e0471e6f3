import type { EC2Client } from "@aws-sdk/client-ec2";
import type { Rate } from "../../../core/ports.ts";
import type { UserDataSettings } from "./user-data.ts";

/** What an operator chooses for the machines of one stack. */
export type Ec2Options = {
  /**
   * A region's client, the same one each time; also of regions that `regions` does not hold any more, where machines may
   * still be. Made with `maxAttempts: 1`, because what a failed call means is decided in the core alone, and with a
   * request handler that gives up on an answer (`requestTimeout`, `throwOnRequestTimeout`).
   */
  readonly clients: (region: string) => EC2Client;
  /** Of machines that ask for no subnets. */
  readonly region: string;
  /** Where machines are launched, by the name of the region. */
  readonly regions: Readonly<Record<string, Ec2Region>>;
  /** Name of the images' root device. */
  readonly rootDevice?: string | undefined;
  /** Tells this installation's machines apart from all others of the account. */
  readonly stack: string;
  readonly userData: UserDataSettings;
  /** When given, machines must be of this account. Twelve digits. */
  readonly account?: string | undefined;
  /** Of each region. */
  readonly launchRate?: Rate | undefined;
  readonly claimWithinSeconds?: number | undefined;
  readonly lifetimeSeconds?: number | undefined;
  readonly usualStartSeconds?: number | undefined;
};

/** What there is in one region. */
export type Ec2Region = {
  /**
   * Brings image, security groups and instance profile. It may name neither a market nor network interfaces: a
   * request cannot take those back.
   */
  readonly launchTemplate:
    { readonly name: string; readonly version: string } | { readonly id: string; readonly version: string };
  /** Of x64 machines, instead of the template's. */
  readonly imageId?: string | undefined;
  /** Of arm64 machines; without it there are none, but those of images that have a name. */
  readonly arm64ImageId?: string | undefined;
  /** For runners that ask for none, in this order of preference; of the installation's own region only these count. */
  readonly subnets: readonly { readonly id: string; readonly zone: string }[];
  /** Machines write their log there. */
  readonly logGroup: string;
  /** Of instance identity documents, PEM; default: AWS's own RSA certificate of the region. */
  readonly certificates?: readonly string[] | undefined;
};
