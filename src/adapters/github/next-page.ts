import type { ResponseHeaders } from "./failed-response.ts";

/**
 * The value of `parameter` in the address of the page that follows, from the Link header; undefined on the last page.
 * https://docs.github.com/rest/using-the-rest-api/using-pagination-in-the-rest-api#using-link-headers
 */
export function nextPage(headers: ResponseHeaders, parameter: string): string | undefined {
  const next = /<([^<>]+)>;\s*rel="next"/.exec(String(headers["link"] ?? ""))?.[1];
  return next === undefined ? undefined : (new URL(next).searchParams.get(parameter) ?? undefined);
}
