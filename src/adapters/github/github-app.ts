import type { GitHub } from "../../core/ports.ts";
import { api, type ApiOptions } from "./api.ts";
import { checkRuns } from "./check-runs.ts";
import { deliveries } from "./deliveries.ts";
import { jobLogs } from "./job-logs.ts";
import { lookups } from "./lookups.ts";
import { people } from "./people.ts";
import { runners } from "./runners.ts";
import { runs } from "./runs.ts";

/**
 * GitHub as the App sees it, on Probot's Octokit. `privateKey` is PEM, its line breaks may be escaped; `baseUrl` is
 * that of the REST API (default https://api.github.com); a request without an answer ends after `timeoutMs`
 * (default 10 s). Every method makes one request beside the token's (a long list: one a page; a log: those to the store
 * that it is kept in), never repeats one, and rejects with a `CallError` only. At most 90 requests of an installation are under way, the others wait; while a
 * limit of GitHub lasts that an answer told of, calls are `rate-limited` without a request.
 */
export function githubApp(options: ApiOptions): GitHub {
  const calls = api(options);
  return {
    ...runners(calls),
    ...lookups(calls),
    ...runs(calls),
    ...jobLogs(calls),
    ...people(calls),
    ...checkRuns(calls),
    ...deliveries(calls),
  };
}
