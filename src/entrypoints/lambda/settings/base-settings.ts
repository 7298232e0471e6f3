import type { LogLevel } from "../../../adapters/log/powertools-log.ts";
import { secretPlace } from "../../../adapters/secrets/secret-place.ts";
import type { SecretPlace } from "../../../adapters/secrets/secret-place.ts";
import type { EnvironmentReader } from "./environment.ts";

/** What every function reads from its environment. */
export type BaseSettings = {
  /** Name of the stack: tag of its machines, dimension of its metrics. */
  readonly stack: string;
  readonly region: string;
  /** First part of the labels that are ours, unique per stage. */
  readonly labelPrefix: string;
  readonly logLevel: LogLevel;
  readonly queueUrl: string;
  readonly secret: SecretPlace;
  /** Name of the SSM parameter with the text of `policy.yml`. */
  readonly policyParameter: string;
};

const levels: readonly LogLevel[] = ["debug", "info", "warn", "error"];

export function readBaseSettings(from: EnvironmentReader): BaseSettings {
  return {
    stack: from.required("MAYFLY_STACK"),
    region: from.required("AWS_REGION"),
    labelPrefix: from.parsed("MAYFLY_LABEL_PREFIX", labelPrefix) ?? from.required("MAYFLY_LABEL_PREFIX"),
    logLevel: from.parsed("MAYFLY_LOG_LEVEL", logLevel) ?? "info",
    queueUrl: from.required("MAYFLY_QUEUE_URL"),
    secret: from.parsed("MAYFLY_SECRET", secretPlace) ?? { service: "ssm", id: from.required("MAYFLY_SECRET") },
    policyParameter: from.required("MAYFLY_POLICY_PARAMETER"),
  };
}

/** Labels are compared in lower case, and the prefix begins the names of runners, which GitHub keeps to 64 characters. */
function labelPrefix(text: string): string {
  if (/^[a-z][a-z0-9-]{0,23}$/.test(text)) return text;
  throw new Error("begins with a letter and has at most 24 lower-case letters, digits and hyphens");
}

function logLevel(text: string): LogLevel {
  const found = levels.find((level) => level === text);
  if (found === undefined) throw new Error(`must be one of ${levels.join(", ")}`);
  return found;
}
