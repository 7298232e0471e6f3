import type { LaunchRequest } from "../../../core/ports.ts";
import { compactScript } from "./compact-script.ts";
import { invalidLaunch } from "./invalid-launch.ts";

/** The program that a machine starts with, and what the operator tells it. */
export type UserDataSettings = {
  /** Text of `ec2-bootstrap/user-data.sh`. */
  readonly script: string;
  /** Archive of the Actions runner, for images that do not have it. */
  readonly runnerUrl?: string | undefined;
  readonly runnerSha256?: string | undefined;
  readonly pollSeconds?: number | undefined;
  readonly shipSeconds?: number | undefined;
};

/** What the script begins with: its second line makes room for the settings. */
const opening = "#!/bin/bash\n# settings of this runner follow here\n";

/** Limit of EC2 before base64 (User data, EC2 user guide). */
const mostBytes = 16_384;

/**
 * The script, made short, with the settings of one runner: the same text for the same request, with no JIT config in it. Rejects
 * with a `CallError` of kind `invalid` for what bash would read otherwise than meant and for a text too long for EC2.
 */
export function userData(request: LaunchRequest, settings: UserDataSettings): string {
  const { script } = settings;
  if (!script.startsWith(opening)) {
    throw invalidLaunch("the user data script does not begin with the two lines that settings are put between");
  }
  const text = compactScript(`#!/bin/bash\n${assignments(request, settings)}\n${script.slice(opening.length)}`);
  const bytes = Buffer.byteLength(text);
  if (bytes > mostBytes) {
    throw invalidLaunch(`the user data has ${bytes} bytes, but EC2 takes ${mostBytes}: shorten script or settings`);
  }
  return text;
}

function assignments(request: LaunchRequest, settings: UserDataSettings): string {
  const values = {
    MAYFLY_RUNNER: request.runnerName,
    MAYFLY_TOKEN: request.claimToken,
    MAYFLY_HOST_URL: request.hostUrl,
    MAYFLY_CLAIM_BY_MS: request.claimByMs,
    MAYFLY_END_BY_MS: request.endByMs,
    MAYFLY_RUNNER_URL: settings.runnerUrl,
    MAYFLY_RUNNER_SHA256: settings.runnerSha256,
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
