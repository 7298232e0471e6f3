import type { Instance, InstanceOptions } from "./instance/instance.ts";
import type { Architecture } from "./instance-type.ts";
import type { LaunchTemplate, Market } from "./launch-settings.ts";
import type { Ec2Operation } from "./operations.ts";
import type { BucketRate } from "./token-bucket.ts";

/** What there is in the account of the stand-in for EC2, and its limits. */
export type Ec2Options = {
  /** By AMI id. */
  readonly images: Readonly<Record<string, Image>>;
  /** By subnet id, all of one VPC. */
  readonly subnets: Readonly<Record<string, Subnet>>;
  /** Ids; an instance for which none is named gets the VPC's default group. */
  readonly securityGroups: readonly string[];
  /** By name. */
  readonly launchTemplates: Readonly<Record<string, LaunchTemplate>>;
  /** Most vCPUs of instances that are pending or running, by quota code; default: no limit. */
  readonly quotas?: Quotas | undefined;
  /** Where there is not room for everything. Read at each launch. */
  readonly capacity?: readonly CapacityLimit[] | undefined;
  /** Token buckets; default: AWS's own. */
  readonly rates?: Partial<Ec2Rates> | undefined;
  readonly timings?: Partial<Ec2Timings> | undefined;
  /** The only instance profile and the role in it; instances get it when the request or its template names it. */
  readonly roleName?: string | undefined;
  /** What an instance is; default: one that really runs its user data. */
  readonly startInstance?: StartInstance | undefined;
};

export type StartInstance = (options: InstanceOptions) => Promise<Instance>;

export type Image = InstanceOptions["image"] & {
  readonly architecture: Architecture;
  /** Default: /dev/sda1 with 8 GB. */
  readonly rootDevice?: string | undefined;
  readonly rootGb?: number | undefined;
};

export type Subnet = {
  readonly zone: string;
  /** Default: 4091, as in a /20. */
  readonly addresses?: number | undefined;
  /** Types that this zone does not have. */
  readonly unsupportedTypes?: readonly string[] | undefined;
};

export type Quotas = {
  /** Running On-Demand Standard instances. */
  readonly "L-1216C47A"?: number | undefined;
  /** All Standard Spot Instance Requests. */
  readonly "L-34B43A08"?: number | undefined;
};

/** At most so many instances of what is named (anything, where it is not) at the same time. */
export type CapacityLimit = {
  readonly instanceType?: string | undefined;
  readonly subnet?: string | undefined;
  readonly market?: Market | undefined;
  readonly most: number;
};

/** `launchedInstances`: the resource bucket of RunInstances, from which each instance takes one. */
export type Ec2Rates = Readonly<Record<Ec2Operation | "launchedInstances", BucketRate>>;

export type Ec2Timings = {
  /** From the launch until the instance starts. */
  readonly pendingMs: number;
  /** Added to what the end of an instance takes anyway, before it is terminated or stopped. */
  readonly shuttingDownMs: number;
  /** A terminated instance is listed for so long. */
  readonly terminatedVisibleMs: number;
  /** From a spot interruption's notice to the end. */
  readonly spotNoticeMs: number;
};

export type InstanceStateName = "pending" | "running" | "shutting-down" | "terminated" | "stopping" | "stopped";

/** One instance that there ever was. */
export type InstanceView = {
  readonly id: string;
  readonly state: InstanceStateName;
  readonly type: string;
  readonly imageId: string;
  /** Of its root device. */
  readonly diskGb: number;
  readonly subnet: string;
  readonly market: Market;
  readonly tags: Readonly<Record<string, string>>;
  readonly launchedAtMs: number;
  /** Why it is ending or has ended: the code, for example Server.SpotInstanceTermination. */
  readonly stateReason: string | undefined;
};
