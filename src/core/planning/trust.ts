import type { ErrorCode } from "../errors/catalogue.ts";
import type { JobToPlan } from "./plan-types.ts";
import type { Policy } from "./policy/policy.ts";

/**
 * Events by which somebody without write access can make a workflow of the default branch work on what he wrote or did
 * (https://docs.github.com/en/actions/reference/workflows-and-actions/events-that-trigger-workflows).
 */
export const strangersEvents: ReadonlySet<string> = new Set([
  "pull_request_target",
  "pull_request_review",
  "pull_request_review_comment",
  "workflow_run",
  "issue_comment",
  "issues",
  "discussion",
  "discussion_comment",
  "fork",
  "gollum",
  "watch",
]);

/**
 * Why the operator's policy gives this job no machine because of whose it is; undefined when it does. Denied unless the
 * policy says otherwise: code of strangers would run beside the operator's network and roles.
 */
export function distrust(
  { trust, approved, publicRepository }: Pick<JobToPlan, "trust" | "approved" | "publicRepository">,
  policy: Pick<Policy, "forkPullRequests" | "publicRepositories">,
): { readonly code: ErrorCode; readonly detail: string } | undefined {
  if (publicRepository && policy.publicRepositories === "deny") {
    return { code: "MF-PUBLIC-REPOSITORY", detail: "the repository is public" };
  }
  if (trust.kind === "trusted" || policy.forkPullRequests === "allow") return undefined;
  const detail =
    trust.kind === "fork"
      ? `its code comes from ${trust.from === undefined ? "a fork that is gone" : `the fork ${trust.from}`}`
      : `${trust.actor ?? "somebody"} caused it by ${trust.event} and has no write access`;
  if (policy.forkPullRequests === "deny") return { code: "MF-FORK", detail };
  return approved ? undefined : { code: "MF-FORK-APPROVAL", detail };
}
