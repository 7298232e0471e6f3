import type { Instance, Tag } from "@aws-sdk/client-ec2";
import type { LaunchRequest } from "../../../core/ports.ts";

/** Tags that say whose a machine is. */
export const stackTag = "mayfly:stack";
export const runnerTag = "mayfly:runner";
const repositoryTag = "mayfly:repository";

/** What everything is tagged with that a launch creates: machine, disk, network interface, spot request. */
export function tags(stack: string, { runnerName, repositoryId }: LaunchRequest): Tag[] {
  return [
    { Key: stackTag, Value: stack },
    { Key: repositoryTag, Value: String(repositoryId) },
    { Key: runnerTag, Value: runnerName },
    { Key: "Name", Value: runnerName },
  ];
}

/** Value of one of a machine's tags. */
export function tagOf(instance: Instance, key: string): string | undefined {
  return instance.Tags?.find((tag) => tag.Key === key)?.Value;
}
