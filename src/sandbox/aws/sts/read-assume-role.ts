import { stsError } from "./sts-error.ts";

export type AssumeRoleInput = {
  readonly roleArn: string;
  readonly sessionName: string;
  readonly seconds: number;
  readonly tags: Readonly<Record<string, string>>;
};

/** What a value must be; undefined when it is. In STS's own words. */
type Constraint = (value: string) => string | undefined;

const atLeast =
  (least: number): Constraint =>
  (value) =>
    value.length < least ? `Member must have length greater than or equal to ${least}` : undefined;
const atMost =
  (most: number): Constraint =>
  (value) =>
    value.length > most ? `Member must have length less than or equal to ${most}` : undefined;
const like = (pattern: string, flags = ""): Constraint => {
  const whole = new RegExp(`^(?:${pattern})$`, flags);
  return (value) => (whole.test(value) ? undefined : `Member must satisfy regular expression pattern: ${pattern}`);
};
const between =
  (least: number, most: number): Constraint =>
  (value) => {
    if (Number(value) < least) return `Member must have value greater than or equal to ${least}`;
    return Number(value) > most ? `Member must have value less than or equal to ${most}` : undefined;
  };

const tagCharacters = String.raw`[\p{L}\p{Z}\p{N}_.:/=+\-@]`;
const constraints = {
  roleArn: [atLeast(20), atMost(2048)],
  sessionName: [atLeast(2), atMost(64), like(String.raw`[\w+=,.@-]*`)],
  seconds: [between(900, 43_200)],
  tagKey: [atLeast(1), atMost(128), like(`${tagCharacters}+`, "u")],
  tagValue: [atMost(256), like(`${tagCharacters}*`, "u")],
} satisfies Record<string, readonly Constraint[]>;
const mostTags = 50;

const known = /^(?:Action|Version|RoleArn|RoleSessionName|DurationSeconds|Tags|Tags\.member\.\d+\.(?:Key|Value))$/;

/**
 * Reads and checks the parameters of AssumeRole (https://docs.aws.amazon.com/STS/latest/APIReference/API_AssumeRole.html);
 * throws a `ValidationError` with everything that is wrong, as STS does, or for what the sandbox does not have.
 */
export function readAssumeRole(parameters: URLSearchParams): AssumeRoleInput {
  const foreign = [...parameters.keys()].find((name) => !known.test(name));
  if (foreign !== undefined) throw stsError("ValidationError", `${foreign} is not in the sandbox`);
  const tags = readTags(parameters);
  const [roleArn, sessionName] = [parameters.get("RoleArn"), parameters.get("RoleSessionName")];
  const seconds = parameters.get("DurationSeconds") ?? "3600";
  const wrong = [
    ...problems("roleArn", roleArn, constraints.roleArn),
    ...problems("roleSessionName", sessionName, constraints.sessionName),
    ...problems("durationSeconds", seconds, constraints.seconds),
    ...(tags.length > mostTags
      ? [problem("tags", "", `Member must have length less than or equal to ${mostTags}`)]
      : []),
    ...tags.flatMap(([key, value], index) => [
      ...problems(`tags.${index + 1}.member.key`, key, constraints.tagKey),
      ...problems(`tags.${index + 1}.member.value`, value, constraints.tagValue),
    ]),
  ];
  if (roleArn === null || sessionName === null || wrong.length > 0) {
    const count = `${wrong.length} validation error${wrong.length === 1 ? "" : "s"} detected`;
    throw stsError("ValidationError", `${count}: ${wrong.join("; ")}`);
  }
  if (!/^arn:[\w-]+:iam::\d{12}:role\/[\w+=,.@/-]+$/.test(roleArn)) {
    throw stsError("ValidationError", `${roleArn} is invalid`);
  }
  return { roleArn, sessionName, seconds: Number(seconds), tags: distinct(tags) };
}

type Tag = readonly [key: string | null, value: string | null];

function readTags(parameters: URLSearchParams): Tag[] {
  const numbers = [...parameters.keys()].flatMap((name) => /^Tags\.member\.(\d+)\./.exec(name)?.[1] ?? []);
  const sorted = [...new Set(numbers)].toSorted((one, other) => Number(one) - Number(other));
  return sorted.map((number) => [
    parameters.get(`Tags.member.${number}.Key`),
    parameters.get(`Tags.member.${number}.Value`),
  ]);
}

function distinct(tags: readonly Tag[]): Record<string, string> {
  const entries = tags.map(([key, value]) => [key ?? "", value ?? ""] as const);
  if (new Set(entries.map(([key]) => key.toLowerCase())).size < entries.length) {
    const message = "Duplicate tag keys found. Please note that Tag keys are case insensitive.";
    throw stsError("InvalidParameterValue", message);
  }
  if (entries.flat().some((text) => /^aws:/i.test(text))) {
    throw stsError("ValidationError", "Tag keys and values must not begin with aws:");
  }
  return Object.fromEntries(entries);
}

function problems(name: string, value: string | null, constraintsOfIt: readonly Constraint[]): string[] {
  if (value === null) return [`Value null at '${name}' failed to satisfy constraint: Member must not be null`];
  return constraintsOfIt.flatMap((constraint) => {
    const why = constraint(value);
    return why === undefined ? [] : [problem(name, value, why)];
  });
}

function problem(name: string, value: string, why: string): string {
  return `Value '${value}' at '${name}' failed to satisfy constraint: ${why}`;
}
