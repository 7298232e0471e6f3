import type { LaunchRequest } from "../../../core/ports.ts";
import { gzipped } from "./gzipped.ts";
import { invalidLaunch } from "./invalid-launch.ts";

/** The program that a machine starts with, and what the operator tells it. */
export type UserDataSettings = {
  /** Text of `ec2-bootstrap/user-data.sh`. */
  readonly script: string;
  /** Archive of the Actions runner, for images of x64 machines that do not have it. */
  readonly runnerUrl?: string | undefined;
  readonly runnerSha256?: string | undefined;
  /** The same for arm64 machines. */
  readonly arm64RunnerUrl?: string | undefined;
  readonly arm64RunnerSha256?: string | undefined;
  readonly pollSeconds?: number | undefined;
  readonly shipSeconds?: number | undefined;
};

/** What the script begins with: its second line makes room for the settings. */
const opening = "#!/bin/bash\n# settings of this runner follow here\n";

/** EC2 counts what it gets, before base64 ("16 KB, in raw form": Work with instance user data, EC2 user guide). */
const mostBytes = 16_384;

/**
 * The script with the settings of one runner, as gzip, which cloud-init unpacks before it looks at what it is (Gzip
 * compressed content, User data formats, cloud-init's documentation): the same bytes for the same request, with no JIT
 * config in them. Throws a `CallError` of kind `invalid` for what bash would read otherwise than meant and for what is
 * too long for EC2.
 */
export function userData(request: LaunchRequest, settings: UserDataSettings): Buffer {
  const { script } = settings;
  if (!script.startsWith(opening)) {
    throw invalidLaunch("the user data script does not begin with the two lines that settings are put between");
  }
  const bytes = gzipped(`#!/bin/bash\n${assignments(request, settings)}\n${script.slice(opening.length)}`);
  if (bytes.length > mostBytes) {
    const message = `the user data has ${bytes.length} bytes as gzip, but EC2 takes ${mostBytes}: shorten script or settings`;
    throw invalidLaunch(message);
  }
  return bytes;
}

function assignments(request: LaunchRequest, settings: UserDataSettings): string {
  const isArm64 = request.spec.arch === "arm64";
  const values = {
    MAYFLY_RUNNER: request.runnerName,
    MAYFLY_TOKEN: request.claimToken,
    MAYFLY_HOST_URL: request.hostUrl,
    MAYFLY_CLAIM_BY_MS: request.claimByMs,
    MAYFLY_END_BY_MS: request.endByMs,
    MAYFLY_RUNNER_URL: isArm64 ? settings.arm64RunnerUrl : settings.runnerUrl,
    MAYFLY_RUNNER_SHA256: isArm64 ? settings.arm64RunnerSha256 : settings.runnerSha256,
    MAYFLY_POLL_SECONDS: settings.pollSeconds,
    MAYFLY_SHIP_SECONDS: settings.shipSeconds,
  };
  return Object.entries(values)
    .flatMap(([name, value]) => (value === undefined ? [] : [`${name}=${quoted(name, String(value))}`]))
    .join("\n");
}

/** Nothing is special to bash between single quotes. The value itself is not named: it may be a secret. */
function quoted(name: string, value: string): string {
  if (/['\p{Cc}]/u.test(value)) {
    throw invalidLaunch(`${name} must hold no single quote, line break or other control character`);
  }
  return `'${value}'`;
}
