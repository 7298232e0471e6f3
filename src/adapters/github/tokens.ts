import type { Clock } from "../../core/ports.ts";

/** Permissions as the token endpoint names them. */
export type Permissions = {
  readonly actions?: "read" | "write";
  readonly administration?: "write";
  readonly checks?: "write";
  readonly contents?: "read";
  readonly metadata?: "read";
  readonly organization_self_hosted_runners?: "write";
};

/** The one repository that a token is for, as the token endpoint names it. */
export type TokenRepository = { readonly repository_ids: number[] } | { readonly repositories: string[] };

export type IssuedToken = { readonly token: string; readonly expiresAtMs: number };

export type Tokens = {
  /** A token of the installation, for that repository and these permissions only. */
  take(installationId: number, repository: TokenRepository, permissions: Permissions): Promise<string>;
  /** GitHub refuses this token: the next `take` asks for another. */
  drop(token: string): void;
};

export type TokensOptions = {
  readonly clock: Clock;
  readonly request: (
    installationId: number,
    repository: TokenRepository,
    permissions: Permissions,
  ) => Promise<IssuedToken>;
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
    async take(installationId, repository, permissions) {
      const sorted = Object.entries(permissions).toSorted(([a], [b]) => (a < b ? -1 : 1));
      const key = JSON.stringify([installationId, repository, sorted]);
      const known = issued.get(key);
      if (known !== undefined && clock.nowMs() < known.expiresAtMs - MARGIN_MS) return known.token;
      return (await (underWay.get(key) ?? begin(key, request(installationId, repository, permissions)))).token;
    },
    drop(token) {
      for (const [key, known] of issued) if (known.token === token) issued.delete(key);
    },
  };
}
