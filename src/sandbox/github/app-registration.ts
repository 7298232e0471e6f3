import { randomBytes } from "node:crypto";
import type { IncomingMessage, ServerResponse } from "node:http";

import type { AgreedManifest } from "./registered-app.ts";
import { readBody } from "./rest/read-body.ts";
import type { Permissions } from "./state.ts";
import type { World } from "./world.ts";

/** GitHub's page for a new App: of the person who is logged in, or of an organisation. */
export const REGISTRATION_PATH = /^(?:\/organizations\/([\w-]+))?\/settings\/apps\/new$/;

const HOUR_MS = 3_600_000;
/** Who is logged in. */
const PERSON = "octo-person";

/**
 * Takes a manifest that a form posts, as a person's browser does, for a person who agrees at once: leads back to the
 * manifest's `redirect_url` with a code.
 * https://docs.github.com/en/apps/sharing-github-apps/registering-a-github-app-from-a-manifest
 */
export async function answerRegistration(
  world: World,
  url: URL,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const page = (status: number, text: string): void => void response.writeHead(status, { "content-type": "text/html" }).end(text); // prettier-ignore
  if (request.method !== "POST") return page(200, "A form with every permission there is.");
  const text = new URLSearchParams(await readBody(request)).get("manifest") ?? "";
  const organization = REGISTRATION_PATH.exec(url.pathname)?.[1];
  const owner = organization === undefined ? PERSON : world.state.organizations.get(organization.toLowerCase())?.login;
  if (owner === undefined) return page(404, "This is not the web page you are looking for.");
  const read = readManifest(world, text, owner);
  if (typeof read === "string") return page(422, read);
  const { redirectUrl, agreed } = read;
  const code = randomBytes(20).toString("hex");
  world.state.manifestCodes.set(code, agreed);
  redirectUrl.searchParams.set("code", code);
  const state = url.searchParams.get("state");
  if (state !== null) redirectUrl.searchParams.set("state", state);
  response.writeHead(302, { location: redirectUrl.href }).end();
}

type Manifest = {
  readonly name?: unknown;
  readonly url?: unknown;
  readonly redirect_url?: unknown;
  readonly hook_attributes?: { readonly url?: unknown };
  readonly default_permissions?: Permissions;
  readonly default_events?: readonly string[];
};

type Read = { readonly redirectUrl: URL; readonly agreed: AgreedManifest };

/** A text: what is wrong with it. */
function readManifest(world: World, text: string, owner: string): Read | string {
  let manifest: Manifest;
  try {
    manifest = JSON.parse(text) as Manifest;
  } catch {
    return "Invalid GitHub App configuration: the manifest is no JSON";
  }
  const { name, url, redirect_url: redirect, hook_attributes: hook } = manifest;
  for (const [field, value] of Object.entries({ url, "hook_attributes.url": hook?.url, redirect_url: redirect })) {
    if (typeof value !== "string" || !URL.canParse(value))
      return `Invalid GitHub App configuration: ${field} is invalid`;
  }
  if (typeof name !== "string" || name === "") return "Name can't be blank";
  if (name.length > 34) return "Name is too long (maximum is 34 characters)";
  const taken = [world.state.app.slug, ...[...world.state.registered.values()].map((app) => app.slug)];
  const slug = name.toLowerCase().replaceAll(/[^a-z0-9]+/g, "-");
  if (taken.includes(slug)) return "Name is already taken";
  const agreed = {
    name,
    slug,
    owner,
    homepage: String(url),
    webhookUrl: String(hook?.url),
    permissions: manifest.default_permissions ?? {},
    events: manifest.default_events ?? [],
    expiresAtMs: world.now() + HOUR_MS,
  };
  return { redirectUrl: new URL(String(redirect)), agreed };
}
