import { integer, nonEmpty } from "./answer-fields.ts";
import { api, type ApiOptions } from "./api.ts";

/** What GitHub knows of an App. */
export type AppFacts = {
  readonly id: number;
  readonly slug: string;
  readonly name: string;
  /** Login of the organisation or person that it belongs to. */
  readonly owner: string;
  readonly isOrganizations: boolean;
  /** Its public page. */
  readonly url: string;
};

export type AppInstallation = { readonly id: number; readonly account: string };

/** An App as it speaks for itself: what an operator's commands need of GitHub. */
export type AppIdentity = {
  /** Rejects with `unauthorized` when the key is not this App's, with `not-found` when there is no such App. */
  facts(): Promise<AppFacts>;
  /** Where GitHub delivers; undefined where it delivers nothing. */
  webhookUrl(): Promise<string | undefined>;
  /** Deliveries go to `url`, signed with `secret`, from the moment on that this resolves. */
  setWebhook(config: { readonly secret: string; readonly url?: string | undefined }): Promise<void>;
  /** The first hundred. */
  installations(): Promise<AppInstallation[]>;
};

/**
 * The App of this number and key at GitHub. Every method makes one request and rejects with a `CallError` only.
 * https://docs.github.com/en/rest/apps/webhooks, https://docs.github.com/en/rest/apps/apps
 */
export function appIdentity(options: ApiOptions): AppIdentity {
  const calls = api(options);
  return {
    facts: () =>
      calls.asApp({
        operation: "get-authenticated",
        send: (app) => app.rest.apps.getAuthenticated(),
        read: ({ data }) => readAppFacts(data),
      }),
    webhookUrl: () =>
      calls.asApp({
        operation: "get-webhook-config-for-app",
        send: (app) => app.rest.apps.getWebhookConfigForApp(),
        read: ({ data }) => data.url,
      }),
    setWebhook: ({ secret, url }) =>
      calls.asApp({
        operation: "update-webhook-config-for-app",
        // as `data`: Octokit would take a parameter `url` for the address of the request
        send: (app) =>
          app.request("PATCH /app/hook/config", { data: { secret, ...(url === undefined ? {} : { url }) } }),
        read: () => undefined,
      }),
    installations: () =>
      calls.asApp({
        operation: "list-installations",
        send: (app) => app.rest.apps.listInstallations({ per_page: 100 }),
        read: ({ data }) => data.map(({ id, account }) => ({ id: integer(id), account: loginOf(account) })),
      }),
  };
}

/** An answer that shows an App; throws when it shows none. */
export function readAppFacts(data: unknown): AppFacts {
  const { id, slug, name, owner, html_url: url } = (data ?? {}) as Readonly<Record<string, unknown>>;
  const { type } = (owner ?? {}) as Readonly<Record<string, unknown>>;
  return {
    id: integer(id),
    slug: nonEmpty(slug),
    name: nonEmpty(name),
    owner: loginOf(owner),
    isOrganizations: type === "Organization",
    url: nonEmpty(url),
  };
}

/** An enterprise has a slug in place of a login. */
function loginOf(account: unknown): string {
  const { login, slug } = (account ?? {}) as Readonly<Record<string, unknown>>;
  return nonEmpty(login ?? slug);
}
