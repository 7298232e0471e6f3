import { z } from "zod";
import { compareVersions } from "./compare-versions.ts";
import { archiveUrl, type RunnerArch, type RunnerPins } from "./runner-pins.ts";

const latest = "https://api.github.com/repos/actions/runner/releases/latest";

/** What we read of GitHub's answer: https://docs.github.com/en/rest/releases/releases#get-the-latest-release */
const release = z.object({
  tag_name: z.string().regex(/^v\d+\.\d+\.\d+$/),
  published_at: z.iso.datetime(),
  body: z.string(),
  assets: z.array(
    z.object({ name: z.string(), browser_download_url: z.string(), digest: z.string().nullable().optional() }),
  ),
});
type Release = z.infer<typeof release>;

/**
 * The newest release of the Actions runner, as pins: `pins` gives the minimum version and the template of addresses.
 * A checksum is taken from the asset's digest and from the release's notes, and both must say the same. Rejects when
 * GitHub does not answer, when a checksum is missing or doubtful, and when the release is below the enforced minimum.
 */
export async function newestRunner(pins: RunnerPins, token: string | undefined): Promise<RunnerPins> {
  const found = await askGitHub(token);
  const version = found.tag_name.slice(1);
  if (compareVersions(version, pins.minimumVersion) < 0) {
    throw new Error(
      `GitHub's newest runner, ${version}, is below the enforced minimum ${pins.minimumVersion}: nothing written`,
    );
  }
  const archiveOf = (arch: RunnerArch): RunnerPins["x64"] => {
    const url = archiveUrl(pins.urlTemplate, version, arch);
    return { url, sha256: checksum(found, url, arch) };
  };
  return {
    version,
    publishedOn: found.published_at.slice(0, 10),
    lookedUpOn: new Date().toISOString().slice(0, 10),
    source: latest,
    minimumVersion: pins.minimumVersion,
    urlTemplate: pins.urlTemplate,
    x64: archiveOf("x64"),
    arm64: archiveOf("arm64"),
  };
}

async function askGitHub(token: string | undefined): Promise<Release> {
  const response = await fetch(latest, {
    headers: {
      accept: "application/vnd.github+json",
      "user-agent": "mayfly",
      "x-github-api-version": "2022-11-28",
      ...(token === undefined || token === "" ? {} : { authorization: `Bearer ${token}` }),
    },
    signal: AbortSignal.timeout(30_000),
  }).catch((error: unknown) => {
    throw new Error(`${latest} did not answer: ${reasonOf(error)}`);
  });
  const text = await response.text();
  if (!response.ok) {
    const advice = response.status === 403 || response.status === 429 ? "; GITHUB_TOKEN gets a higher rate limit" : "";
    throw new Error(`${latest} answered ${String(response.status)}${advice}`);
  }
  const parsed = release.safeParse(JSON.parse(text));
  if (!parsed.success) throw new Error(`${latest}: ${z.prettifyError(parsed.error)}`);
  return parsed.data;
}

/** `fetch` itself only says that it failed; the reason is its cause. */
function reasonOf(error: unknown): string {
  const cause = typeof error === "object" && error !== null && "cause" in error ? error.cause : error;
  return typeof cause === "object" && cause !== null && "message" in cause ? String(cause.message) : String(cause);
}

/** SHA-256 of the archive at `url`, in hex. The notes have it between `<!-- BEGIN SHA linux-x64 -->` and its END. */
function checksum(found: Release, url: string, arch: RunnerArch): string {
  const asset = found.assets.find((one) => one.browser_download_url === url);
  if (asset === undefined) throw new Error(`release ${found.tag_name} has no asset at ${url}`);
  const noted = new RegExp(`<!-- BEGIN SHA linux-${arch} -->([0-9a-f]{64})<!-- END SHA linux-${arch} -->`);
  const said = [noted.exec(found.body)?.[1], /^sha256:([0-9a-f]{64})$/.exec(asset.digest ?? "")?.[1]];
  const [sha256, other] = [...new Set(said.filter((one) => one !== undefined))];
  if (sha256 === undefined) throw new Error(`release ${found.tag_name} has no SHA-256 of ${asset.name}`);
  if (other !== undefined) {
    throw new Error(
      `release ${found.tag_name}: notes and asset have different SHA-256 of ${asset.name}; trust neither`,
    );
  }
  return sha256;
}
