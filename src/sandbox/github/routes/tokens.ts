import { randomBytes } from "node:crypto";

import { repositoryJson } from "../json/repository.ts";
import { notFound, problem, type Answer } from "../rest/answer.ts";
import type { Call } from "../rest/call.ts";
import { covers } from "../rest/permissions.ts";
import type { InstallationRecord, Permissions, RepositoryRecord, TokenRecord } from "../state.ts";
import { hasAccess } from "../webhooks/installation-for.ts";
import { timestamp, type World } from "../world.ts";

const TOKEN_LIFE_MS = 3_600_000;
const NOT_GRANTED = "The permissions requested are not granted to this installation.";
const NOT_ACCESSIBLE =
  "There is at least one repository that does not exist or is not accessible to the parent installation.";

/** `apps/create-installation-access-token`: a token of one hour, narrowed as asked. */
export function createInstallationToken(call: Call): Answer {
  const { world } = call;
  const installation = world.state.installations.get(Number(call.path.installation_id));
  if (installation === undefined) return notFound();
  const asked = call.body.permissions as Permissions | undefined;
  if (asked !== undefined && !covers(installation.permissions, asked)) return problem(422, NOT_GRANTED);
  const chosen = chosenRepositories(call, installation);
  if (chosen === "unknown") return problem(422, NOT_ACCESSIBLE);

  const permissions = { ...(asked ?? installation.permissions), metadata: "read" };
  const expiresAtMs = world.now() + TOKEN_LIFE_MS;
  const token = issueToken(world, {
    installationId: installation.id,
    repositoryIds: chosen?.map(({ id }) => id),
    permissions,
    expiresAtMs,
  });
  return {
    status: 201,
    body: {
      token,
      expires_at: timestamp(expiresAtMs),
      permissions,
      repository_selection: chosen === undefined && installation.repositories === undefined ? "all" : "selected",
      ...(chosen === undefined ? {} : { repositories: chosen.map((repository) => repositoryJson(world, repository)) }),
    },
  };
}

/** Remembers a new token. Its text has GitHub's stateless form of 2026: `ghs_APPID_` + a JWT, about 520 characters. */
export function issueToken(world: World, record: TokenRecord): string {
  const header = Buffer.from(JSON.stringify({ alg: "RS256", typ: "JWT" })).toString("base64url");
  const claims = Buffer.from(JSON.stringify({ iss: "github.com", sub: record.installationId })).toString("base64url");
  const token = `ghs_${world.state.app.id}_${header}.${claims}.${randomBytes(300).toString("base64url")}`;
  world.state.tokens.set(token, record);
  return token;
}

function chosenRepositories(call: Call, installation: InstallationRecord): RepositoryRecord[] | undefined | "unknown" {
  const names = (call.body.repositories as string[] | undefined) ?? [];
  const ids = (call.body.repository_ids as number[] | undefined) ?? [];
  if (names.length + ids.length === 0) return undefined;
  const accessible = [...call.world.state.repositories.values()].filter((item) => hasAccess(installation, item));
  const chosen = accessible.filter(({ id, name }) => ids.includes(id) || names.includes(name));
  const allFound =
    ids.every((wanted) => chosen.some(({ id }) => id === wanted)) &&
    names.every((wanted) => chosen.some(({ name }) => name === wanted));
  return allFound ? chosen : "unknown";
}
