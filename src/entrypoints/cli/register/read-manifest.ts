import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { parse } from "yaml";

export type ManifestOptions = {
  readonly name: string;
  /** The App's homepage, for whoever installs it. */
  readonly homepage: string;
  readonly webhookUrl: string;
  readonly redirectUrl: string;
  /** Runners are the organisation's: another permission than for those of repositories. */
  readonly organizationRunners: boolean;
};

/** Longest name that GitHub takes for an App. */
export const mostNameCharacters = 34;

const file = join(import.meta.dirname, "../../../../app.yml");

/**
 * The manifest of app.yml for one deployment, as GitHub's form takes it.
 * https://docs.github.com/en/apps/sharing-github-apps/registering-a-github-app-from-a-manifest#github-app-manifest-parameters
 */
export async function readManifest(options: ManifestOptions): Promise<Readonly<Record<string, unknown>>> {
  const { name, homepage, webhookUrl, redirectUrl, organizationRunners } = options;
  const manifest = parse(await readFile(file, "utf8")) as Readonly<Record<string, unknown>>;
  const { administration, ...others } = manifest["default_permissions"] as Readonly<Record<string, string>>;
  const forRunners = organizationRunners ? { organization_self_hosted_runners: administration } : { administration };
  return {
    ...manifest,
    name,
    url: homepage,
    hook_attributes: { url: webhookUrl, active: true },
    redirect_url: redirectUrl,
    default_permissions: { ...forRunners, ...others },
  };
}

/**
 * A name that says whose and which deployment this is: names of Apps are unique in all of GitHub. What is too long is cut
 * out of the organisation's.
 */
export function appName(stage: string, organization: string | undefined): string {
  const room = mostNameCharacters - `mayfly--${stage}`.length;
  const whose = (organization ?? "").slice(0, Math.max(0, room)).replace(/-+$/, "");
  const name = ["mayfly", whose, stage].filter((part) => part !== "").join("-");
  return name.slice(0, mostNameCharacters).replace(/-+$/, "");
}
