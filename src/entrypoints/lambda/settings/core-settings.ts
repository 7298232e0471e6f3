import * as z from "zod";
import { defaultTimings } from "../../../core/settings.ts";
import type { Settings, Timings } from "../../../core/settings.ts";
import { readBaseSettings } from "./base-settings.ts";
import type { BaseSettings } from "./base-settings.ts";
import type { EnvironmentReader } from "./environment.ts";
import { ec2Setting, lambdaSetting } from "./machine-settings.ts";
import type { Ec2Settings, LambdaSettings } from "./machine-settings.ts";
import { jsonSetting } from "./json-setting.ts";

/** What the functions that work on jobs read beside that. */
export type CoreSettings = BaseSettings & {
  readonly table: string;
  readonly githubUrl: string;
  /** Undefined: no runners on Lambda. */
  readonly lambda: LambdaSettings | undefined;
  /** Undefined: no runners on EC2. */
  readonly ec2: Ec2Settings | undefined;
  readonly core: Settings;
};

export function readCoreSettings(from: EnvironmentReader): CoreSettings {
  const common = readBaseSettings(from);
  return {
    ...common,
    table: from.required("MAYFLY_TABLE"),
    githubUrl: from.parsed("MAYFLY_GITHUB_URL", baseUrl) ?? "https://api.github.com",
    lambda: from.parsed("MAYFLY_LAMBDA", lambdaSetting),
    ec2: from.parsed("MAYFLY_EC2", ec2Setting),
    core: {
      labelPrefix: common.labelPrefix,
      // Deny by default: who is served stands in the policy.
      installations: [],
      hostUrl: from.parsed("MAYFLY_HOST_URL", baseUrl) ?? from.required("MAYFLY_HOST_URL"),
      region: common.region,
      caps: { total: undefined, executions: {}, repository: undefined },
      timings: { ...defaultTimings, ...from.parsed("MAYFLY_TIMINGS", jsonSetting(timings)) },
      organizationRunnerGroup: from.parsed("MAYFLY_ORGANIZATION_RUNNER_GROUP", wholeNumber),
      rerunLostJobs: from.optional("MAYFLY_RERUN_LOST_JOBS") === "true",
    },
  };
}

const seconds = z.number().nonnegative();

/** Any of the core's timings, under its own name. */
const timings = z.strictObject(
  Object.fromEntries(
    Object.entries(defaultTimings).map(([name, usual]) => [
      name,
      (Array.isArray(usual) ? z.array(seconds).min(1) : seconds).optional(),
    ]),
  ),
) as unknown as z.ZodType<Partial<Timings>>;

function baseUrl(text: string): string {
  if (!URL.canParse(text) || !/^https?:$/.test(new URL(text).protocol)) throw new Error("is no http(s) address");
  return text.replace(/\/+$/, "");
}

function wholeNumber(text: string): number {
  if (!/^[1-9]\d{0,15}$/.test(text)) throw new Error("is no whole number above 0");
  return Number(text);
}
