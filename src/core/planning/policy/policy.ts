import type { Execution } from "../../model/execution.ts";
import type { OptionKey, OptionValues } from "../options.ts";

/** Who may use Mayfly and for what: the operator's `policy.yml`. Undefined always means: no limit. */
export type Policy = {
  /** Ids of the installations that are served. */
  readonly installations: readonly number[] | undefined;
  readonly executions: readonly Execution[] | undefined;
  /** Globs such as `c7i.*`. */
  readonly instanceTypes: readonly string[] | undefined;
  readonly maxima: Maxima;
  readonly maxRunners: MaxRunners;
  /** Keys that a label may override. */
  readonly labelOverrides: readonly OptionKey[] | undefined;
  /** By name; undefined: every name is taken as it is. */
  readonly images: ReadonlyMap<string, PolicyImage> | undefined;
  readonly roles: ReadonlyMap<string, PolicyRole> | undefined;
  readonly subnets: ReadonlyMap<string, readonly PolicySubnet[]> | undefined;
  readonly regions: readonly string[] | undefined;
  /** Runs of forks, and of events that strangers can cause. `approve`: once somebody with write access has re-run them. */
  readonly forkPullRequests: "deny" | "approve" | "allow";
  readonly publicRepositories: "deny" | "allow";
  readonly dailyBudgetUsd: number | undefined;
  /** Actions that are safe on Lambda beside those that Mayfly knows: `owner/name`, `owner/name/path`, `owner/*`. */
  readonly safeActions: readonly string[];
  /** What runners get that leave it open. */
  readonly defaults: OptionValues;
  /** Where each limit stands, for messages: `policy.yml:12`; empty where there is no file. */
  readonly lines: ReadonlyMap<string, number>;
};

export type Maxima = {
  readonly cpu?: number | undefined;
  readonly memoryGb?: number | undefined;
  readonly diskGb?: number | undefined;
  readonly timeoutMinutes?: number | undefined;
};

export type MaxRunners = Partial<Readonly<Record<Execution | "total" | "repository", number>>>;

export type PolicyImage = {
  readonly arch: "x64" | "arm64";
  /** AMI id. */
  readonly ec2: string | undefined;
  /** Name or ARN of a Lambda function that was made from the image. */
  readonly lambda: string | undefined;
};

export type PolicyRole = {
  readonly arn: string;
  /** Globs over `owner/name`. */
  readonly repositories: readonly string[];
  /** Globs over branches. */
  readonly branches: readonly string[];
  /** Events of runs that may have it. */
  readonly events: readonly string[];
  /** How long its credentials are good for, at most 60. */
  readonly minutes: number;
};

export type PolicySubnet = { readonly id: string; readonly zone: string };

/** Without a policy everything is allowed: one's own machine, `mayfly plan` and `lint` without `--policy`. */
export const openPolicy: Policy = {
  installations: undefined,
  executions: undefined,
  instanceTypes: undefined,
  maxima: {},
  maxRunners: {},
  labelOverrides: undefined,
  images: undefined,
  roles: undefined,
  subnets: undefined,
  regions: undefined,
  forkPullRequests: "allow",
  publicRepositories: "allow",
  dailyBudgetUsd: undefined,
  safeActions: [],
  defaults: {},
  lines: new Map(),
};
