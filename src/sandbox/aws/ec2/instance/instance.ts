import type { MachineIsolation } from "../../../machine/machine-isolation.ts";
import type { InstanceIdentity } from "./instance-identity.ts";
import type { TemporaryCredentials } from "./metadata/role-credentials.ts";

export type InstanceOptions = {
  readonly instanceId: string;
  readonly imageId: string;
  readonly instanceType: string;
  readonly region: string;
  readonly zone: string;
  /** Twelve digits. */
  readonly account: string;
  readonly privateIp: string;
  readonly market: "spot" | "on-demand";
  /** Unpacked when it is gzip, and then run with bash when it begins with `#!`, as cloud-init does. */
  readonly userData: Buffer;
  /** A folder for this instance alone; it stays when the instance has ended. */
  readonly folder: string;
  readonly image: {
    /** Present: a prebuilt image, which has this runner in `opt/mayfly/runner` and Docker. */
    readonly runnerDistribution?: string | undefined;
    /** Added to the environment of the user data. */
    readonly environment?: Readonly<Record<string, string>> | undefined;
  };
  readonly identity: InstanceIdentity;
  /** The fake's endpoint, for AWS_ENDPOINT_URL_CLOUDWATCH_LOGS. */
  readonly awsUrl: string;
  /** The role of its instance profile, for which the metadata gives temporary credentials. */
  readonly roleName: string | undefined;
  readonly isolation: MachineIsolation;
  /** Of the role's credentials; default: 6 hours, as EC2 gives them. */
  readonly credentialsLifetimeSeconds?: number | undefined;
};

export type Instance = {
  /**
   * `shutdown` or `poweroff` was called inside, or `kill`: nothing of it is left. The end of the user data alone does
   * not resolve it: a real instance goes on running too.
   */
  readonly poweredOff: Promise<void>;
  /** Lets the metadata announce that the spot instance will be terminated then. Throws for one on demand. */
  announceInterruption(atMs: number): void;
  /** The newest 64 KB of what it printed. */
  console(): string;
  /** Ends everything in it, its metadata too; resolves when it has ended. Idempotent. */
  kill(): Promise<void>;
  /** What belongs to an access key that this instance's metadata has given out. */
  secretFor(accessKeyId: string): TemporaryCredentials | undefined;
};
