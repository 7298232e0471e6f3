import type { ProbotOctokit } from "probot";
import { CallError } from "../../core/errors/call-error.ts";
import type { Repository } from "../../core/model/repository.ts";
import type { Clock, Log } from "../../core/ports.ts";
import { nonEmpty, time } from "./answer-fields.ts";
import { type CallFacts, githubCallError } from "./call-error.ts";
import { octokit } from "./octokit.ts";
import { tokens, type Permissions } from "./tokens.ts";

export type ApiOptions = {
  readonly appId: number | string;
  readonly privateKey: string;
  readonly baseUrl?: string | undefined;
  readonly timeoutMs?: number | undefined;
  readonly log: Log;
  readonly clock: Clock;
};

export type Answer<Data> = {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | number | undefined>>;
  readonly data: Data;
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

/** Calls to GitHub; each one request, never repeated, that rejects with a `CallError` only. */
export type Api = {
  /** As the App itself (JWT). */
  asApp<Data, Result>(call: AppCall<Data, Result>): Promise<Result>;
  /** As the repository's installation, by a token for that repository and `permissions` only. */
  onRepository<Data, Result>(repository: Repository, call: RepositoryCall<Data, Result>): Promise<Result>;
};

const TIMEOUT_MS = 10_000;

export function api(options: ApiOptions): Api {
  const { appId, privateKey, baseUrl, log, clock, timeoutMs = TIMEOUT_MS } = options;
  const app = octokit({ baseUrl, log, timeoutMs, app: { appId, privateKey } });
  const client = octokit({ baseUrl, log, timeoutMs });

  async function perform<Data, Result>(
    call: CallFacts,
    send: () => Promise<Answer<Data>>,
    read: (answer: Answer<Data>) => Result,
  ): Promise<Result> {
    let answer: Answer<Data>;
    try {
      answer = await send();
    } catch (error) {
      const failure = githubCallError(error, call, clock.nowMs());
      const { operation, kind, status } = failure.facts;
      log.debug("github call failed", { operation, kind, status });
      throw failure;
    }
    log.debug("github call", { operation: call.operation, status: answer.status });
    return understood(call, answer, read);
  }

  const issued = tokens({
    clock,
    request: (installationId, repositoryId, permissions) =>
      perform(
        { operation: "create-installation-access-token", once: false, permissions },
        () =>
          app.rest.apps.createInstallationAccessToken({
            installation_id: installationId,
            repository_ids: [repositoryId],
            permissions,
          }),
        ({ data }) => ({ token: nonEmpty(data.token), expiresAtMs: time(data.expires_at) }),
      ),
  });

  return {
    asApp: ({ operation, once = false, send, read }) => perform({ operation, once }, () => send(app), read),
    async onRepository(repository, { operation, once = false, permissions, send, read }) {
      const token = await issued.take(repository, permissions);
      const { owner, name } = repository;
      const on = { owner, repo: name, headers: { authorization: `token ${token}` } };
      try {
        return await perform({ operation, once, permissions }, () => send(client, on), read);
      } catch (error) {
        if (error instanceof CallError && error.facts.kind === "unauthorized") issued.drop(token);
        throw error;
      }
    },
  };
}

/**
 * A connection that breaks in the middle of the body gives Octokit a success with an empty or half a text: the effect
 * has happened, what came of it is unknown.
 */
function understood<Data, Result>(
  { operation, once }: CallFacts,
  answer: Answer<Data>,
  read: (answer: Answer<Data>) => Result,
): Result {
  try {
    return read(answer);
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new CallError({
      service: "github",
      operation,
      kind: once ? "lost-reply" : "unavailable",
      // Only our own words: the reason may quote the answer
      message: `GitHub's answer was not understood${error instanceof TypeError ? "" : `: ${reason}`}`,
      status: answer.status,
    });
  }
}
