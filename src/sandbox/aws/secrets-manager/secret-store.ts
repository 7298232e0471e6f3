import { randomInt } from "node:crypto";

/** A version never changes, but for the labels on it. */
export type SecretVersion = {
  /** The token of the request that made it. */
  readonly id: string;
  readonly text: string | undefined;
  /** Base64. */
  readonly binary: string | undefined;
  readonly stages: Set<string>;
  readonly createdAtMs: number;
};

export type Secret = {
  readonly name: string;
  readonly arn: string;
  readonly description: string | undefined;
  readonly kmsKeyId: string | undefined;
  readonly tags: unknown;
  /** By id. */
  readonly versions: Map<string, SecretVersion>;
  readonly createdAtMs: number;
  changedAtMs: number;
};

export type SecretStore = {
  /** By its name, its ARN, or its ARN without the six characters at the end. */
  find(id: string): Secret | undefined;
  add(draft: Pick<Secret, "name" | "description" | "kmsKeyId" | "tags">): Secret;
};

const letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";

/** Secrets of one account and region, in memory. */
export function secretStore({ region, account }: { readonly region: string; readonly account: string }): SecretStore {
  const secrets = new Map<string, Secret>();
  return {
    find(id) {
      const byArn = [...secrets.values()].find(({ arn }) => arn === id || arn.slice(0, -"-XXXXXX".length) === id);
      return secrets.get(id) ?? byArn;
    },
    add(draft) {
      const suffix = Array.from({ length: 6 }, () => letters[randomInt(letters.length)]).join("");
      const nowMs = Date.now();
      const arn = `arn:aws:secretsmanager:${region}:${account}:secret:${draft.name}-${suffix}`;
      const secret = { ...draft, arn, versions: new Map(), createdAtMs: nowMs, changedAtMs: nowMs };
      secrets.set(draft.name, secret);
      return secret;
    },
  };
}

/** The version that bears this label. */
export function labelled({ versions }: Secret, stage: string): SecretVersion | undefined {
  return [...versions.values()].find(({ stages }) => stages.has(stage));
}

/**
 * Adds a version and moves labels to it: `AWSCURRENT` where none is asked for, or where there is no other version. The
 * version that `AWSCURRENT` leaves gets `AWSPREVIOUS`.
 */
export function addVersion(
  secret: Secret,
  draft: Pick<SecretVersion, "id" | "text" | "binary">,
  asked: readonly string[] | undefined,
): SecretVersion {
  const stages = new Set([...(asked ?? ["AWSCURRENT"]), ...(secret.versions.size === 0 ? ["AWSCURRENT"] : [])]);
  const before = labelled(secret, "AWSCURRENT");
  if (stages.has("AWSCURRENT") && before !== undefined) {
    for (const version of secret.versions.values()) version.stages.delete("AWSPREVIOUS");
    before.stages.add("AWSPREVIOUS");
  }
  for (const version of secret.versions.values()) for (const stage of stages) version.stages.delete(stage);
  const added: SecretVersion = { ...draft, stages, createdAtMs: Date.now() };
  secret.versions.set(added.id, added);
  // two changes within a millisecond are two times all the same
  secret.changedAtMs = Math.max(Date.now(), secret.changedAtMs + 1);
  return added;
}
