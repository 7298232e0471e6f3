import { newApp } from "../../../adapters/github/app-manifest.ts";
import type { NewApp } from "../../../adapters/github/app-manifest.ts";
import { privateKeyPem } from "../../../adapters/secrets/private-key.ts";
import { isCallError } from "../../../core/errors/call-error.ts";
import type { Write } from "../program.ts";
import { NotDone } from "../secret/not-done.ts";
import type { Outside } from "../secret/outside.ts";
import { awaitCode } from "./await-code.ts";
import type { GithubPlace } from "./github-place.ts";
import { manifestPage } from "./manifest-page.ts";
import { appName, readManifest } from "./read-manifest.ts";
import type { RegisteredApp } from "./registered-app.ts";

export type MakeAppOptions = {
  readonly stage: string;
  readonly organization?: string | undefined;
  readonly name?: string | undefined;
  readonly homepage?: string | undefined;
  readonly organizationRunners?: boolean | undefined;
  readonly webhookUrl: string;
  readonly port: number;
};

/** GitHub takes a code for an hour. */
const patienceMs = 3_600_000;
/** Between the tries to fetch the keys. */
const pausesMs = [2000, 5000, 10_000];

/** Leads the operator through GitHub's form, and fetches what has come of it. */
export async function makeApp(
  options: MakeAppOptions,
  github: GithubPlace,
  outside: Outside,
  write: Write,
): Promise<RegisteredApp> {
  const { stage, organization, webhookUrl, name = appName(stage, organization) } = options;
  const state = outside.randomHex(20);
  const whose = organization === undefined ? "" : `/organizations/${encodeURIComponent(organization)}`;
  const form = new URL(`${github.web}${whose}/settings/apps/new`);
  form.searchParams.set("state", state);
  const homepage = options.homepage ?? `${github.web}/${organization ?? ""}`;
  const organizationRunners = options.organizationRunners === true;
  const awaited = await awaitCode({
    port: options.port,
    path: outside.randomHex(20),
    state,
    page: async (redirectUrl) =>
      manifestPage(form, await readManifest({ name, homepage, webhookUrl, redirectUrl, organizationRunners })),
  });
  const ended = new AbortController();
  try {
    write.out(`Open this page in a browser on this computer, within an hour:\n\n  ${awaited.url}\n\n`);
    const code = await Promise.race([awaited.code, outside.sleep(patienceMs, ended.signal)]);
    if (code === undefined) throw new NotDone("nobody came back from GitHub within an hour: start again.");
    const { facts, privateKey, webhookSecret } = await fetchApp(code, github, outside);
    write.out(`GitHub has made the App ${facts.name} (${facts.id}) of ${facts.owner}.\n`);
    return { facts, privateKey: privateKeyPem(privateKey), webhookSecret };
  } finally {
    ended.abort();
    await awaited.close();
  }
}

async function fetchApp(code: string, { web, api }: GithubPlace, { clock, sleep }: Outside): Promise<NewApp> {
  let mayBeLost = false;
  for (const pauseMs of [...pausesMs, undefined]) {
    try {
      return await newApp(code, { baseUrl: api, clock });
    } catch (error) {
      mayBeLost ||= isCallError(error, "lost-reply");
      if (isCallError(error, "not-found")) throw new NotDone(mayBeLost ? keysLost(web) : "GitHub knows the code no more: start again."); // prettier-ignore
      if (!isCallError(error, "lost-reply", "unavailable", "rate-limited") || pauseMs === undefined) throw error;
      await sleep(pauseMs);
    }
  }
  throw new NotDone("GitHub did not answer.");
}

function keysLost(web: string): string {
  return (
    "GitHub has made the App, but its answer with the keys was lost. Find it among your Apps at " +
    `${web}/settings/apps or those of the organisation; delete it and start again, or make a private key there and run ` +
    "this command with --app-id and --key."
  );
}
