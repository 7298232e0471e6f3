import { nodeId } from "../ids.ts";
import type { AppRecord, InstallationRecord } from "../state.ts";
import { timestamp, type World } from "../world.ts";
import { accountType, userId, userJson } from "./user.ts";

const OWNER = "mayfly-owner";

/** An App (`integration`): the installed one, unless another is asked for. */
export function appJson(world: World, app: AppRecord = world.state.app): Record<string, unknown> {
  const { name, owner, homepage } = { name: app.slug, owner: OWNER, homepage: "https://example.com", ...app };
  return {
    id: app.id,
    slug: app.slug,
    client_id: `Iv23li${app.id}`,
    node_id: nodeId("A", app.id),
    owner: userJson(world, owner),
    name,
    description: null,
    external_url: homepage,
    html_url: `https://github.com/apps/${app.slug}`,
    created_at: timestamp(app.createdAtMs),
    updated_at: timestamp(app.createdAtMs),
    permissions: app.permissions,
    events: app.events,
    installations_count: app === world.state.app ? world.state.installations.size : 0,
  };
}

/** The App of GitHub Actions, which owns the check runs of workflow jobs. */
export function actionsAppJson(world: World): Record<string, unknown> {
  return {
    ...appJson(world),
    id: 15_368,
    slug: "github-actions",
    client_id: "Iv1.05c79e9ad1f6bdfa",
    node_id: nodeId("A", 15_368),
    owner: userJson(world, "github"),
    name: "GitHub Actions",
    html_url: "https://github.com/apps/github-actions",
    permissions: { actions: "write", checks: "write", contents: "read", metadata: "read" },
    events: [],
  };
}

/** An installation of the App. */
export function installationJson(world: World, installation: InstallationRecord): Record<string, unknown> {
  const app = world.state.app;
  return {
    id: installation.id,
    account: userJson(world, installation.account),
    repository_selection: installation.repositories === undefined ? "all" : "selected",
    access_tokens_url: `${world.url}/app/installations/${installation.id}/access_tokens`,
    repositories_url: `${world.url}/installation/repositories`,
    html_url: `https://github.com/settings/installations/${installation.id}`,
    app_id: app.id,
    app_slug: app.slug,
    client_id: `Iv23li${app.id}`,
    target_id: userId(world, installation.account),
    target_type: accountType(world, installation.account),
    permissions: installation.permissions,
    events: app.events,
    created_at: timestamp(installation.createdAtMs),
    updated_at: timestamp(installation.createdAtMs),
    single_file_name: null,
    has_multiple_single_files: false,
    single_file_paths: [],
    suspended_by: null,
    suspended_at: null,
  };
}
