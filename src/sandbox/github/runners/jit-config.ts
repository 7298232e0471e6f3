import { randomBytes, randomUUID } from "node:crypto";

import { repositoryPage } from "../json/repository.ts";
import type { RunnerRecord } from "../state.ts";
import { repositoryOf, type World } from "../world.ts";
import { groupOf } from "./runner-home.ts";

/**
 * The configuration that makes a machine this runner, in the real one's form (base64 of JSON of base64 files, all
 * values of `.runner` texts) and size; only `ServerUrl` and `accessToken` speak the stand-in's own protocol.
 */
export function jitConfig(world: World, runner: RunnerRecord, workFolder: string): string {
  const server = `${world.url}/_runner`;
  const group = groupOf(runner);
  const settings = {
    AgentId: String(runner.id),
    AgentName: runner.name,
    DisableUpdate: "true",
    Ephemeral: "true",
    GitHubUrl: pageOf(world, runner),
    PoolId: String(group.id),
    PoolName: group.name,
    ServerUrl: server,
    ServerUrlV2: server,
    UseV2Flow: "true",
    WorkFolder: workFolder,
  };
  const credentials = {
    scheme: "OAuth",
    data: {
      clientId: randomUUID(),
      authorizationUrl: `${server}/_apis/oauth2/token/${randomUUID()}`,
      requireFipsCryptography: "True",
      accessToken: runner.accessToken,
    },
  };
  return base64({
    ".runner": base64(settings),
    ".credentials": base64(credentials),
    ".credentials_rsaparams": base64(keyParameters()),
  });
}

/** The repository or organisation that it is registered in. */
function pageOf(world: World, { home }: RunnerRecord): string {
  return "organization" in home
    ? `https://github.com/${home.organization.login}`
    : repositoryPage(repositoryOf(world, home));
}

/** Numbers of the size of a 2048-bit RSA key's; no key, and nothing reads them. */
function keyParameters(): Record<string, string> {
  const bytes = { d: 256, dp: 128, dq: 128, exponent: 3, inverseQ: 128, modulus: 256, p: 128, q: 128 };
  return Object.fromEntries(Object.entries(bytes).map(([name, size]) => [name, randomBytes(size).toString("base64")]));
}

function base64(value: unknown): string {
  return Buffer.from(JSON.stringify(value)).toString("base64");
}
