import { randomBytes, randomInt } from "node:crypto";

export type TemporaryCredentials = {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken: string;
  readonly updatedAtMs: number;
  readonly expiresAtMs: number;
};

export type RoleCredentials = {
  /** Those that are valid now: new ones come at least five minutes before the old ones end, as on EC2. */
  current(): TemporaryCredentials;
  /** By access key; also those that have been replaced or have expired. */
  find(accessKeyId: string): TemporaryCredentials | undefined;
};

const renewalMs = 300_000;
const letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";

/** The temporary credentials that one instance gets for the role of its instance profile. */
export function roleCredentials(lifetimeMs: number): RoleCredentials {
  const given = new Map<string, TemporaryCredentials>();
  let newest: TemporaryCredentials | undefined;
  return {
    current() {
      const nowMs = Date.now();
      if (newest === undefined || newest.expiresAtMs - nowMs < Math.min(renewalMs, lifetimeMs / 2)) {
        newest = make(nowMs, lifetimeMs);
        given.set(newest.accessKeyId, newest);
      }
      return newest;
    },
    find: (accessKeyId) => given.get(accessKeyId),
  };
}

function make(nowMs: number, lifetimeMs: number): TemporaryCredentials {
  const id = Array.from({ length: 16 }, () => letters[randomInt(letters.length)]).join("");
  return {
    accessKeyId: `ASIA${id}`,
    secretAccessKey: randomBytes(30).toString("base64"),
    sessionToken: randomBytes(300).toString("base64"),
    updatedAtMs: nowMs,
    expiresAtMs: nowMs + lifetimeMs,
  };
}
