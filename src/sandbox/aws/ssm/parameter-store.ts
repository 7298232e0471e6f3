export const parameterTypes = ["String", "StringList", "SecureString"] as const;

export type ParameterType = (typeof parameterTypes)[number];

export type ParameterTier = "Standard" | "Advanced";

export type ParameterVersion = {
  readonly version: number;
  readonly value: string;
  readonly writtenAtMs: number;
};

export type Parameter = {
  readonly name: string;
  readonly arn: string;
  readonly type: ParameterType;
  tier: ParameterTier;
  /** Oldest first; at most a hundred are kept. */
  readonly versions: ParameterVersion[];
};

export type ParameterStore = {
  /** By name or ARN. */
  find(id: string): Parameter | undefined;
  add(name: string, type: ParameterType): Parameter;
};

const mostVersions = 100;

/** Parameters of one account and region, in memory. */
export function parameterStore(place: { readonly region: string; readonly account: string }): ParameterStore {
  const parameters = new Map<string, Parameter>();
  const prefix = `arn:aws:ssm:${place.region}:${place.account}:parameter`;
  return {
    find: (id) => parameters.get(id) ?? [...parameters.values()].find(({ arn }) => arn === id),
    add(name, type) {
      const arn = `${prefix}${name.startsWith("/") ? "" : "/"}${name}`;
      const parameter: Parameter = { name, arn, type, tier: "Standard", versions: [] };
      parameters.set(name, parameter);
      return parameter;
    },
  };
}

/** Adds a version to a parameter's history. */
export function addVersion({ versions }: Parameter, value: string): ParameterVersion {
  const added = { version: (versions.at(-1)?.version ?? 0) + 1, value, writtenAtMs: Date.now() };
  versions.push(added);
  if (versions.length > mostVersions) versions.shift();
  return added;
}
