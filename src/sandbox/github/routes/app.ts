import { appJson, installationJson } from "../json/app.ts";
import { notFound, type Answer } from "../rest/answer.ts";
import type { Call } from "../rest/call.ts";

/** `apps/get-authenticated`. */
export function getApp({ world }: Call): Answer {
  return { status: 200, body: appJson(world) };
}

/** `apps/get-installation`. */
export function getInstallation({ world, path }: Call): Answer {
  const installation = world.state.installations.get(Number(path.installation_id));
  return installation === undefined ? notFound() : { status: 200, body: installationJson(world, installation) };
}
