import type { Repository } from "../../core/model/repository.ts";
import type { Clock } from "../../core/ports.ts";

/** Permissions as the token endpoint names them. */
export type Permissions = {
  readonly actions?: "read" | "write";
  readonly administration?: "write";
  readonly checks?: "write";
  readonly contents?: "read";
};

export type IssuedToken = { readonly token: string; readonly expiresAtMs: number };

export type Tokens = {
  /** A token of the repository's installation, for that repository and these permissions only. */
  take(repository: Pick<Repository, "id" | "installationId">, permissions: Permissions): Promise<string>;
  /** GitHub refuses this token: the next `take` asks for another. */
  drop(token: string): void;
};

export type TokensOptions = {
  readonly clock: Clock;
  readonly request: (installationId: number, repositoryId: number, permissions: Permissions) => Promise<IssuedToken>;
};

/** A token is not begun with so shortly before it expires: the request it goes with must still arrive. */
const MARGIN_MS = 60_000;

/**
 * Shares installation tokens while they live (an hour), one per installation, repository and permission set; those
 * who ask at the same time share one request. Failures are never kept.
 */
export function tokens({ clock, request }: TokensOptions): Tokens {
  const issued = new Map<string, IssuedToken>();
  const underWay = new Map<string, Promise<IssuedToken>>();

  function begin(key: string, made: Promise<IssuedToken>): Promise<IssuedToken> {
    const kept = made
      .then((token) => {
        for (const [other, { expiresAtMs }] of issued) if (expiresAtMs <= clock.nowMs()) issued.delete(other);
        issued.set(key, token);
        return token;
      })
      .finally(() => underWay.delete(key));
    underWay.set(key, kept);
    return kept;
  }

  return {
    async take({ id, installationId }, permissions) {
      const sorted = Object.entries(permissions).toSorted(([a], [b]) => (a < b ? -1 : 1));
      const key = JSON.stringify([installationId, id, sorted]);
      const known = issued.get(key);
      if (known !== undefined && clock.nowMs() < known.expiresAtMs - MARGIN_MS) return known.token;
      return (await (underWay.get(key) ?? begin(key, request(installationId, id, permissions)))).token;
    },
    drop(token) {
      for (const [key, known] of issued) if (known.token === token) issued.delete(key);
    },
  };
}
