import { appJson, installationJson } from "../json/app.ts";
import { notFound, type Answer } from "../rest/answer.ts";
import type { Call, Identity } from "../rest/call.ts";
import { page } from "../rest/page.ts";
import type { AppRecord } from "../state.ts";
import type { World } from "../world.ts";

/** `apps/get-authenticated`. */
export function getApp({ world, identity }: Call): Answer {
  return { status: 200, body: appJson(world, appOf(world, identity)) };
}

/** `apps/get-webhook-config-for-app`. Nobody is told a secret again. */
export function getHookConfig({ world, identity }: Call): Answer {
  return { status: 200, body: hookConfigJson(appOf(world, identity)) };
}

/** `apps/update-webhook-config-for-app`: deliveries are signed with the new secret from now on. */
export function updateHookConfig({ world, identity, body }: Call): Answer {
  const app = appOf(world, identity);
  if (typeof body.url === "string") app.webhookUrl = body.url;
  if (typeof body.secret === "string") app.webhookSecret = body.secret;
  return { status: 200, body: hookConfigJson(app) };
}

function appOf({ state }: World, identity: Identity): AppRecord {
  return identity.kind === "app" ? identity.app : state.app;
}

function hookConfigJson({ webhookUrl, webhookSecret }: AppRecord): Record<string, unknown> {
  const secret = webhookSecret === "" ? {} : { secret: "********" };
  return { content_type: "json", insecure_ssl: "0", url: webhookUrl, ...secret };
}

/** `apps/list-installations`; only one App of the fake is installed. */
export function listInstallations(call: Call): Answer {
  const { world, identity } = call;
  const all = appOf(world, identity) === world.state.app ? [...world.state.installations.values()] : [];
  return page(call, all, (items) => items.map((installation) => installationJson(world, installation)));
}

/** `apps/get-installation`. */
export function getInstallation({ world, path }: Call): Answer {
  const installation = world.state.installations.get(Number(path.installation_id));
  return installation === undefined ? notFound() : { status: 200, body: installationJson(world, installation) };
}
