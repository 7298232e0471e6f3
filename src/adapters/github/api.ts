import type { ProbotOctokit } from "probot";
import { CallError } from "../../core/errors/call-error.ts";
import type { Repository } from "../../core/model/repository.ts";
import type { Clock, Log, Metrics } from "../../core/ports.ts";
import { nonEmpty, time } from "./answer-fields.ts";
import { inTurn } from "./in-turn.ts";
import { limits, type Counted } from "./limits.ts";
import { octokit } from "./octokit.ts";
import { perform, type Answer } from "./perform.ts";
import { tokens, type Permissions, type TokenRepository } from "./tokens.ts";

export type ApiOptions = {
  readonly appId: number | string;
  readonly privateKey: string;
  readonly baseUrl?: string | undefined;
  readonly timeoutMs?: number | undefined;
  readonly log: Log;
  readonly clock: Clock;
  /** Is told how many calls GitHub still allows. */
  readonly metrics?: Metrics | undefined;
};

/** Goes with every request of an installation: `{ ...on, owner, repo }`. */
export type Authorization = { readonly headers: { readonly authorization: string } };

export type AppCall<Data, Result> = {
  readonly operation: string;
  /** The effect must not happen twice (see `CallFacts`). */
  readonly once?: boolean;
  readonly send: (app: ProbotOctokit) => Promise<Answer<Data>>;
  /** Reads the answer; what it throws means that GitHub's answer was not understood. */
  readonly read: (answer: Answer<Data>) => Result;
};

export type RepositoryCall<Data, Result> = Omit<AppCall<Data, Result>, "send"> & {
  readonly permissions: Permissions;
  readonly send: (
    client: ProbotOctokit,
    on: Authorization & { readonly owner: string; readonly repo: string },
  ) => Promise<Answer<Data>>;
};

export type OrganizationCall<Data, Result> = Omit<AppCall<Data, Result>, "send"> & {
  readonly permissions: Permissions;
  readonly send: (client: ProbotOctokit, on: Authorization & { readonly org: string }) => Promise<Answer<Data>>;
};

/**
 * Calls to GitHub; each one request, never repeated, that rejects with a `CallError` only. While a limit of GitHub
 * lasts that an earlier answer told of, they are `rate-limited` without a request.
 */
export type Api = {
  /** The time limit of one request. */
  readonly timeoutMs: number;
  /** As the App itself (JWT). */
  asApp<Data, Result>(call: AppCall<Data, Result>): Promise<Result>;
  /** As the repository's installation, by a token for that repository and `permissions` only. */
  onRepository<Data, Result>(repository: Repository, call: RepositoryCall<Data, Result>): Promise<Result>;
  /** The same on another repository of its owner, which the installation may or may not cover. */
  onOwnersRepository<Data, Result>(
    repository: Repository,
    name: string,
    call: RepositoryCall<Data, Result>,
  ): Promise<Result>;
  /**
   * On the organisation that owns the repository. A token's repositories and its permissions are narrowed each by itself:
   * this one opens no other repository, and of the organisation all that `permissions` say.
   * https://docs.github.com/rest/apps/apps#create-an-installation-access-token-for-an-app
   */
  onOrganization<Data, Result>(repository: Repository, call: OrganizationCall<Data, Result>): Promise<Result>;
};

const TIMEOUT_MS = 10_000;
/**
 * GitHub documents at most 100 concurrent requests; what is left is for other processes, and the time limit of a
 * request begins when its turn comes.
 * https://docs.github.com/rest/using-the-rest-api/rate-limits-for-the-rest-api#about-secondary-rate-limits
 */
const MOST_IN_FLIGHT = 90;

export function api(options: ApiOptions): Api {
  const { appId, privateKey, baseUrl, log, clock, metrics, timeoutMs = TIMEOUT_MS } = options;
  const app = octokit({ baseUrl, log, timeoutMs, app: { appId, privateKey } });
  const client = octokit({ baseUrl, log, timeoutMs });
  const known = limits({ clock, log, metrics });
  const request = perform({ clock, log, limits: known });
  const turn = inTurn(MOST_IN_FLIGHT);

  const issued = tokens({
    clock,
    request: (installationId, repository, permissions) =>
      turn("app", () =>
        request(
          "app",
          { operation: "create-installation-access-token", once: false, permissions },
          () =>
            app.rest.apps.createInstallationAccessToken({
              installation_id: installationId,
              ...repository,
              permissions,
            }),
          ({ data }) => ({ token: nonEmpty(data.token), expiresAtMs: time(data.expires_at) }),
        ),
      ),
  });

  function asInstallation<Data, Result>(
    { installationId, owner, name }: Pick<Repository, "installationId" | "owner" | "name">,
    tokenFor: TokenRepository,
    { operation, once = false, permissions, send, read }: RepositoryCall<Data, Result>,
  ): Promise<Result> {
    const counted: Counted = `installation ${installationId}`;
    return turn(counted, async () => {
      known.check(counted, operation); // before the token, which would be asked for in vain
      const token = await issued.take(installationId, tokenFor, permissions);
      const on = { owner, repo: name, headers: { authorization: `token ${token}` } };
      try {
        return await request(counted, { operation, once, permissions }, () => send(client, on), read);
      } catch (error) {
        if (error instanceof CallError && error.facts.kind === "unauthorized") issued.drop(token);
        throw error;
      }
    });
  }

  return {
    timeoutMs,
    asApp: ({ operation, once = false, send, read }) =>
      turn("app", () => request("app", { operation, once }, () => send(app), read)),
    onRepository: (repository, call) => asInstallation(repository, { repository_ids: [repository.id] }, call),
    onOwnersRepository: (repository, name, call) =>
      asInstallation({ ...repository, name }, { repositories: [name] }, call),
    onOrganization: (repository, call) =>
      asInstallation(
        repository,
        { repository_ids: [repository.id] },
        { ...call, send: (sender, { owner, headers }) => call.send(sender, { org: owner, headers }) },
      ),
  };
}
