import { ProbotOctokit } from "probot";
import type { Log } from "../../core/ports.ts";

export type OctokitOptions = {
  readonly baseUrl?: string | undefined;
  readonly log: Log;
  readonly timeoutMs: number;
  /** The App's identity; without it requests carry no authorization of their own. */
  readonly app?: { readonly appId: number | string; readonly privateKey: string } | undefined;
};

const API_VERSION = "2022-11-28";

/**
 * Throttling and retrying are off: both sleep, for up to an hour, and a repeated POST registers a second runner.
 * Limits and failures become decisions of the core. Only the function form of `defaults` switches throttling off.
 */
const PlainOctokit = ProbotOctokit.defaults((options: object) => ({
  ...options,
  throttle: { enabled: false },
  retry: { enabled: false },
}));

/** Probot's Octokit with our time limit and API version on every request. Bodies of requests are not logged. */
export function octokit({ baseUrl, log, timeoutMs, app }: OctokitOptions): ProbotOctokit {
  const quiet = {
    debug: () => {},
    info: () => {},
    warn: (message: string) => log.warn(message),
    error: (message: string) => log.error(message),
  };
  const made = new PlainOctokit({
    ...(baseUrl === undefined ? {} : { baseUrl }),
    ...(app === undefined ? { authStrategy: undefined } : { auth: app }),
    log: quiet,
    request: { log: quiet },
  });
  made.hook.before("request", (options) => {
    options.headers["x-github-api-version"] = API_VERSION;
    options.request.signal = AbortSignal.timeout(timeoutMs);
  });
  return made;
}
