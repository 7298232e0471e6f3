import { defaultGroup, type OrganizationRecord, type RunnerGroup } from "../organization-record.ts";

/** Where a runner is registered. */
export type RunnerHome =
  { readonly repositoryId: number } | { readonly organization: OrganizationRecord; readonly group: RunnerGroup };

/** The group that the runner is in. */
export function groupOf({ home }: { readonly home: RunnerHome }): RunnerGroup {
  return "group" in home ? home.group : defaultGroup;
}
