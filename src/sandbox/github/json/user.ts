import { nodeId } from "../ids.ts";
import type { World } from "../world.ts";

const PATHS = {
  followers_url: "/followers",
  following_url: "/following{/other_user}",
  gists_url: "/gists{/gist_id}",
  starred_url: "/starred{/owner}{/repo}",
  subscriptions_url: "/subscriptions",
  organizations_url: "/orgs",
  repos_url: "/repos",
  events_url: "/events{/privacy}",
  received_events_url: "/received_events",
};

/** The id of an account; a login that nobody has used yet gets one. */
export function userId(world: World, login: string): number {
  const known = world.state.users.get(login);
  if (known !== undefined) return known;
  const id = world.ids.next("user");
  world.state.users.set(login, id);
  return id;
}

/** An account as GitHub shows it (`simple-user`). */
export function userJson(world: World, login: string): Record<string, unknown> {
  const id = userId(world, login);
  const url = `${world.url}/users/${encodeURIComponent(login)}`;
  const [, slug] = /^(.+)\[bot\]$/.exec(login) ?? [];
  return {
    login,
    id,
    node_id: nodeId("U", id),
    avatar_url: `https://avatars.githubusercontent.com/u/${id}?v=4`,
    gravatar_id: "",
    url,
    html_url: `https://github.com/${slug === undefined ? login : `apps/${slug}`}`,
    ...Object.fromEntries(Object.entries(PATHS).map(([key, path]) => [key, url + path])),
    type: slug === undefined ? accountType(world, login) : "Bot",
    site_admin: false,
  };
}

/** What kind of account it is, as GitHub spells it. */
export function accountType(world: World, login: string): "User" | "Organization" {
  return world.state.organizations.has(login.toLowerCase()) ? "Organization" : "User";
}
