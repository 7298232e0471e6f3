import type { Answer } from "./answer.ts";
import type { Call } from "./call.ts";

/** One page of a list, by `per_page` (30, at most 100) and `page`, with the Link header of GitHub. */
export function page<T>(call: Call, all: readonly T[], body: (items: T[], total: number) => unknown): Answer {
  const perPage = Math.min(100, Math.max(1, Number(call.query.get("per_page") ?? 30)));
  const number = Math.max(1, Number(call.query.get("page") ?? 1));
  const last = Math.max(1, Math.ceil(all.length / perPage));
  const links = [
    ...(number > 1 ? [link(call, "prev", number - 1), link(call, "first", 1)] : []),
    ...(number < last ? [link(call, "next", number + 1), link(call, "last", last)] : []),
  ];
  return {
    status: 200,
    body: body(all.slice((number - 1) * perPage, number * perPage), all.length),
    ...(links.length === 0 ? {} : { headers: { link: links.join(", ") } }),
  };
}

function link(call: Call, relation: string, number: number): string {
  const url = new URL(call.url);
  url.searchParams.set("page", String(number));
  return `<${url.href}>; rel="${relation}"`;
}
