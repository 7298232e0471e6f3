import type { Ec2Instance } from "./ec2-instance.ts";
import { ec2Error } from "./ec2-error.ts";
import type { QueryInput } from "./query-input.ts";

export type InstanceFilter = (instance: Ec2Instance) => boolean;

type ValuesOf = (instance: Ec2Instance) => readonly (string | undefined)[];

const filters: Readonly<Record<string, ValuesOf>> = {
  "availability-zone": ({ facts }) => [facts.plan.zone],
  "client-token": ({ facts }) => [facts.clientToken],
  "image-id": ({ facts }) => [facts.plan.imageId],
  "instance-id": ({ facts }) => [facts.id],
  // what is no spot instance has no lifecycle
  "instance-lifecycle": ({ facts }) => [facts.plan.market === "spot" ? "spot" : undefined],
  "instance-state-name": (instance) => [instance.state()],
  "instance-type": ({ facts }) => [facts.plan.instanceType],
  "reservation-id": ({ facts }) => [facts.reservationId],
  "spot-instance-request-id": ({ facts }) => [facts.spotRequestId],
  "subnet-id": ({ facts }) => [facts.plan.subnetId],
  "tag-key": ({ facts }) => Object.keys(facts.plan.tags["instance"] ?? {}),
};

const mostValues = 200;

/**
 * Reads the filters of a DescribeInstances request: an instance must meet each of them by any of its values. `*` and
 * `?` in a value stand for any text and any character, after a backslash for themselves. Throws an `AwsError`.
 */
export function readInstanceFilters(query: QueryInput): InstanceFilter {
  const read = query.groups("Filter").map((group) => {
    const name = group.wanted("Name");
    const values = group.texts("Value");
    if (values.length === 0) {
      throw ec2Error("InvalidParameterValue", `The filter '${name}' must have at least one value`);
    }
    return { valuesOf: valuesOf(name), patterns: values.map(patternOf), count: values.length };
  });
  if (read.reduce((sum, { count }) => sum + count, 0) > mostValues) {
    throw ec2Error(
      "FilterLimitExceeded",
      `The maximum number of filter values specified on a single call is ${mostValues}`,
    );
  }
  return (instance) =>
    read.every(({ valuesOf: all, patterns }) =>
      all(instance).some((value) => value !== undefined && patterns.some((pattern) => pattern.test(value))),
    );
}

function valuesOf(name: string): ValuesOf {
  if (name.startsWith("tag:") && name.length > 4) {
    return ({ facts }) => {
      const tags = facts.plan.tags["instance"] ?? {};
      const key = name.slice(4);
      return Object.hasOwn(tags, key) ? [tags[key]] : [];
    };
  }
  const found = Object.hasOwn(filters, name) ? filters[name] : undefined;
  if (found === undefined) throw ec2Error("InvalidParameterValue", `The filter '${name}' is invalid`);
  return found;
}

function patternOf(value: string): RegExp {
  const source = value.replaceAll(/\\[\s\S]|[\s\S]/g, (part) => {
    if (part === "*") return "[\\s\\S]*";
    if (part === "?") return "[\\s\\S]";
    return part.at(-1)?.replace(/[$()*+.?[\\\]^{|}]/, "\\$&") ?? "";
  });
  return new RegExp(`^${source}$`);
}
