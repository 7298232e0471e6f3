export type Market = "spot" | "on-demand";

/** What a launch template or a request says about the instances to launch; each part can be missing. */
export type LaunchSettings = {
  readonly imageId?: string | undefined;
  readonly instanceType?: string | undefined;
  readonly subnetId?: string | undefined;
  readonly securityGroupIds?: readonly string[] | undefined;
  /** Decoded from base64, not unpacked. */
  readonly userData?: Buffer | undefined;
  /** Name of an instance profile. */
  readonly instanceProfile?: string | undefined;
  readonly shutdownBehavior?: "stop" | "terminate" | undefined;
  readonly market?: Market | undefined;
  readonly metadata?: MetadataSettings | undefined;
  readonly blockDevices?: readonly BlockDevice[] | undefined;
  /** Tags by type of resource. */
  readonly tags?: TagsByResource | undefined;
};

export type MetadataSettings = {
  readonly httpTokens?: string | undefined;
  readonly hopLimit?: number | undefined;
  readonly endpoint?: string | undefined;
  readonly instanceTags?: string | undefined;
};

export type BlockDevice = {
  readonly deviceName: string;
  readonly volumeType?: string | undefined;
  readonly sizeGb?: number | undefined;
  readonly encrypted?: boolean | undefined;
  readonly deleteOnTermination?: boolean | undefined;
  readonly iops?: number | undefined;
  readonly throughputMibps?: number | undefined;
  readonly kmsKeyId?: string | undefined;
};

export type Tags = Readonly<Record<string, string>>;
export type TagsByResource = Readonly<Record<string, Tags>>;

export type LaunchTemplate = {
  /** For example lt-0123456789abcdef0. */
  readonly id: string;
  /** The first one is version 1. */
  readonly versions: readonly LaunchSettings[];
  /** A number from 1; default: 1. */
  readonly defaultVersion?: number | undefined;
};

/** The request's settings over those of its template: EC2 replaces, but keeps other devices and other tags. */
export function overlay(template: LaunchSettings, request: LaunchSettings): LaunchSettings {
  const said = Object.fromEntries(Object.entries(request).filter(([, value]) => value !== undefined));
  const ownDevices = new Set(request.blockDevices?.map((device) => device.deviceName));
  const kept = (template.blockDevices ?? []).filter((device) => !ownDevices.has(device.deviceName));
  const resources = new Set([...Object.keys(template.tags ?? {}), ...Object.keys(request.tags ?? {})]);
  return {
    ...template,
    ...said,
    blockDevices: [...kept, ...(request.blockDevices ?? [])],
    tags: Object.fromEntries(
      [...resources].map((name) => [name, { ...template.tags?.[name], ...request.tags?.[name] }]),
    ),
  };
}
