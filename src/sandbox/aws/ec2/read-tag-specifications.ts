import { ec2Error } from "./ec2-error.ts";
import type { Tags, TagsByResource } from "./launch-settings.ts";
import type { QueryInput } from "./query-input.ts";

const taggable = ["instance", "volume", "network-interface", "spot-instances-request"];
const mostTags = 50;

/** Tags on create, by type of resource; throws an `AwsError` for what EC2 does not take as a tag. */
export function readTagSpecifications(input: QueryInput): TagsByResource | undefined {
  const specifications = input.groups("TagSpecification");
  if (specifications.length === 0) return undefined;
  const byResource: Record<string, Tags> = {};
  for (const specification of specifications) {
    const type = specification.wanted("ResourceType");
    if (!taggable.includes(type)) {
      throw ec2Error("InvalidParameterValue", `'${type}' is not a valid taggable resource type for this operation.`);
    }
    if (Object.hasOwn(byResource, type)) {
      throw ec2Error("InvalidParameterValue", `Duplicate resource type '${type}' in tag specifications.`);
    }
    byResource[type] = readTags(specification);
  }
  return byResource;
}

function readTags(specification: QueryInput): Tags {
  const tags = specification.groups("Tag").map((tag) => [tag.text("Key") ?? "", tag.text("Value") ?? ""] as const);
  if (tags.length === 0) throw ec2Error("InvalidParameterValue", "Tag specification must have at least one tag.");
  if (tags.length > mostTags) {
    throw ec2Error("TagLimitExceeded", `More than ${mostTags} tags specified.`);
  }
  for (const [index, [key, value]] of tags.entries()) {
    const wrong = problemOf(key, value, tags.slice(0, index).some(([before]) => before === key)); // prettier-ignore
    if (wrong !== undefined) throw ec2Error("InvalidParameterValue", wrong);
  }
  return Object.fromEntries(tags);
}

function problemOf(key: string, value: string, again: boolean): string | undefined {
  if (key === "" || key.length > 127) {
    return `Tag key '${key}' exceeds the maximum length of 127 characters or is empty.`;
  }
  if (value.length > 256) return `Tag value exceeds the maximum length of 256 characters: ${key}`;
  if (/^aws:/i.test(key)) return "Tag keys starting with 'aws:' are reserved for internal use";
  if (again) return `Duplicate tag key '${key}' specified.`;
  return undefined;
}
