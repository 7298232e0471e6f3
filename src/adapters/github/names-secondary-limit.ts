/**
 * GitHub's words for a secondary rate limit, which has no headers of its own beside `retry-after`.
 * https://docs.github.com/rest/using-the-rest-api/rate-limits-for-the-rest-api#about-secondary-rate-limits
 */
export function namesSecondaryLimit(message: string): boolean {
  return /secondary rate limit|abuse detection/i.test(message);
}
