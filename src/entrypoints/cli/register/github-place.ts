/** A GitHub: where people look at it, and where programs ask. */
export type GithubPlace = {
  /** Without a slash at its end. */
  readonly web: string;
  /** Base URL of the REST API. */
  readonly api: string;
};

/**
 * The addresses of a GitHub by the one that people know: github.com, a GitHub Enterprise Cloud with data residency
 * (`https://acme.ghe.com`), or a GitHub Enterprise Server. `api`: said by the operator. Throws an error for what is no
 * address.
 * https://docs.github.com/en/enterprise-cloud@latest/admin/data-residency/network-details-for-ghecom
 * https://docs.github.com/en/enterprise-server@latest/rest/quickstart
 */
export function githubPlace(web: string, api?: string): GithubPlace {
  const url = webAddress(web);
  const base = url.href.replace(/\/+$/, "");
  if (api !== undefined) return { web: base, api: webAddress(api).href.replace(/\/+$/, "") };
  if (url.hostname === "github.com") return { web: base, api: "https://api.github.com" };
  if (url.hostname.endsWith(".ghe.com")) return { web: base, api: `https://api.${url.hostname}` };
  return { web: base, api: `${base}/api/v3` };
}

function webAddress(text: string): URL {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url === undefined || !["https:", "http:"].includes(url.protocol) || url.username !== "") {
    throw new Error(`${text} is no address such as https://github.com`);
  }
  return url;
}

/** Where the owner of an App changes it. */
export function settingsPage(
  { web }: GithubPlace,
  app: { readonly owner: string; readonly isOrganizations: boolean; readonly slug: string },
): string {
  return `${web}${app.isOrganizations ? `/organizations/${app.owner}` : ""}/settings/apps/${app.slug}`;
}
