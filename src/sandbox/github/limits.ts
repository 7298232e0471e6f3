/** How much of the API one installation may use. GitHub's own are the defaults; a test takes small ones, `Infinity` is none. */
export type Limits = {
  /** Primary limit of the bucket `core`. */
  readonly corePerHour: number;
  /** The same for calls with the App's own JWT; not documented, so that it is assumed to be the same. */
  readonly appPerHour: number;
  /** Primary limit of the bucket `actions_runner_registration`. */
  readonly registrationsPerHour: number;
  /** Secondary limit of each endpoint: reading costs 1 point, writing 5. */
  readonly pointsPerMinute: number;
  /** Secondary limits of requests that create content, all together. */
  readonly contentPerMinute: number;
  readonly contentPerHour: number;
  /** Secondary limit of requests that are under way at the same time. */
  readonly concurrentRequests: number;
  /** GitHub answers with either ("403 Forbidden or 429 Too Many Requests"). */
  readonly status: 403 | 429;
};

/**
 * "Rate limits for the REST API" of GitHub's docs; the second bucket from the example of `rate-limit/get` in its API
 * description. The 5,000 are what an installation outside of an enterprise starts with.
 */
export const GITHUB_LIMITS: Limits = {
  corePerHour: 5_000,
  appPerHour: 5_000,
  registrationsPerHour: 10_000,
  pointsPerMinute: 900,
  contentPerMinute: 80,
  contentPerHour: 500,
  concurrentRequests: 100,
  status: 403,
};
