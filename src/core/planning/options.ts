import type { Execution } from "../model/execution.ts";

/** One word of a few. */
export type ChoiceRule = { readonly type: "choice"; readonly values: readonly string[] };

/** A list of texts, each of a pattern. */
export type ListRule = {
  readonly type: "list";
  /** What one of them is, with its article. */
  readonly what: string;
  readonly example: string;
  readonly pattern: RegExp;
  readonly fewest: number;
  readonly most: number;
  /** Compared without upper and lower case. */
  readonly insensitive?: boolean;
};

/** A number: whole, from `least` on, up to `most`; or any above 0. */
export type NumberRule =
  | { readonly type: "number"; readonly whole: true; readonly least: number; readonly most?: number }
  | { readonly type: "number"; readonly whole: false };

/** A name that the operator's policy defines. */
export type NameRule = { readonly type: "name"; readonly what: NameKind };
export type NameKind = "image" | "role" | "subnets";

/** What may be written for a key. Another type of value is another member here, with its check and its sentence. */
export type Rule = ChoiceRule | ListRule | NumberRule | NameRule;

export type Option = {
  readonly rule: Rule;
  /** `GB`, `minutes`: what a number counts. */
  readonly unit?: string;
  /** What holds without the key, in words, when nobody above the repository says otherwise; none: see the description. */
  readonly default?: string;
  readonly description: string;
  /** Executions that the key means something for. */
  readonly executions: readonly Execution[];
  /** The largest number that an execution can give, where that is less than any operator could allow. */
  readonly most?: Partial<Readonly<Record<Execution, number>>>;
  /** A label may say it too, as `/key=value`, as far as the policy allows. */
  readonly inLabels: boolean;
};

const everywhere = ["lambda", "ec2", "microvm"] as const;

/** A family and a size; https://docs.aws.amazon.com/ec2/latest/instancetypes/instance-type-names.html */
const instanceTypePattern = /^[a-z][a-z0-9-]*\.(?:nano|micro|small|medium|large|[0-9]*xlarge|metal(?:-[0-9]+xl)?)$/;

/**
 * THE table of the keys of a runner in `.github/runner.yml`: validation, the types of values, the JSON Schema, what labels
 * may override and docs/runner-yml.md follow from it.
 */
export const options = {
  execution: {
    rule: { type: "choice", values: ["auto", "lambda", "ec2", "microvm"] },
    default: "auto",
    description:
      "Where jobs with this runner's label run. `auto` takes Lambda when every job with the label is known to be safe " +
      "there, else EC2, and prints why. A runner with a key that only EC2 has runs there.",
    executions: everywhere,
    inLabels: false,
  },
  labels: {
    rule: {
      type: "list",
      what: "a label",
      example: "self-hosted",
      // what GitHub shows as labels; a comma would be read as two by some tools
      pattern: /^[^\s,](?:[^,\p{Cc}]{0,254}[^\s,])?$/u,
      fewest: 1,
      most: 20,
      insensitive: true,
    },
    description:
      "The runner also serves jobs whose `runs-on` is exactly this set, in any order. It must hold `self-hosted`, so " +
      "that jobs of others are never touched.",
    executions: everywhere,
    inLabels: false,
  },
  arch: {
    rule: { type: "choice", values: ["x64", "arm64"] },
    default: "x64",
    description: "Architecture of the machine.",
    executions: everywhere,
    inLabels: true,
  },
  cpu: {
    rule: { type: "number", whole: true, least: 1 },
    unit: "vCPU",
    default: "EC2: 2; Lambda: what its memory brings, about 1.7 vCPU",
    description: "At least so many virtual CPUs. The cheapest machine that has them is taken.",
    executions: everywhere,
    // 10,240 MB bring 6 vCPU: https://docs.aws.amazon.com/lambda/latest/dg/configuration-memory.html
    most: { lambda: 6 },
    inLabels: true,
  },
  "memory-gb": {
    rule: { type: "number", whole: false },
    unit: "GB",
    default: "EC2: 4; Lambda: 3008 MB",
    description: "At least so much memory.",
    executions: everywhere,
    most: { lambda: 10 },
    inLabels: true,
  },
  "instance-types": {
    rule: {
      type: "list",
      what: "an EC2 instance type",
      example: "c7i.xlarge",
      pattern: instanceTypePattern,
      fewest: 1,
      most: 10,
    },
    description:
      "Instance types that will do, in this order of preference: the next one is tried when one has no room. They stand " +
      "instead of `cpu` and `memory-gb`.",
    executions: ["ec2"],
    inLabels: false,
  },
  spot: {
    rule: { type: "choice", values: ["prefer", "never", "only"] },
    default: "prefer",
    description:
      "Spot capacity is cheaper and can be taken away in mid-job. `prefer` falls back to on-demand where there is none, " +
      "`only` waits for it.",
    executions: ["ec2"],
    inLabels: true,
  },
  "disk-gb": {
    rule: { type: "number", whole: true, least: 1 },
    unit: "GB",
    default: "EC2: 30 GB gp3; Lambda: 10 GB of /tmp",
    description: "At least so much disk.",
    executions: everywhere,
    most: { lambda: 10 },
    inLabels: true,
  },
  image: {
    rule: { type: "name", what: "image" },
    description: "The machine's image, by a name that the operator's policy defines.",
    executions: everywhere,
    inLabels: false,
  },
  role: {
    rule: { type: "name", what: "role" },
    description:
      "The job gets credentials of an AWS role, by a name that the operator's policy defines for this repository and " +
      "branch. GitHub's OIDC is the finer way.",
    executions: everywhere,
    inLabels: false,
  },
  subnets: {
    rule: { type: "name", what: "subnets" },
    description: "The network of the machine, by a name that the operator's policy defines.",
    executions: everywhere,
    inLabels: false,
  },
  "timeout-minutes": {
    rule: { type: "number", whole: true, least: 1 },
    unit: "minutes",
    default: "EC2: 360; Lambda: 14",
    description:
      "The longest job that the machine is made for: it ends then at the latest, counted from the last moment at which a " +
      "job could begin.",
    executions: everywhere,
    most: { lambda: 14 },
    inLabels: true,
  },
  "max-runners": {
    rule: { type: "number", whole: true, least: 1 },
    unit: "runners",
    default: "as many as repository and operator allow",
    description: "At most so many machines of this runner at a time; further jobs wait in line.",
    executions: everywhere,
    inLabels: false,
  },
  priority: {
    rule: { type: "number", whole: true, least: 1 },
    default: "1",
    description:
      "Among jobs that wait for the same room the one with the higher number comes first, then the older one.",
    executions: everywhere,
    inLabels: false,
  },
} as const satisfies Readonly<Record<string, Option>>;

export type OptionKey = keyof typeof options;

type ValueOf<R> = R extends { type: "choice"; values: readonly (infer Word)[] }
  ? Word
  : R extends { type: "list" }
    ? readonly string[]
    : R extends { type: "number" }
      ? number
      : string;

/** Values of a runner's keys as the table allows them; a key that was not written is missing. */
export type OptionValues = { readonly [Key in OptionKey]?: ValueOf<(typeof options)[Key]["rule"]> | undefined };

/** Keys of the whole file, beside `runners`. */
export const fileOptions = {
  "max-runners": {
    rule: { type: "number", whole: true, least: 1 },
    unit: "runners",
    default: "as the operator allows",
    description: "At most so many machines of this repository at a time.",
  },
  report: {
    rule: { type: "choice", values: ["always", "problems", "never"] },
    default: "always",
    description: "When Mayfly writes its check run: for every run, only when something went wrong, or never.",
  },
} as const satisfies Readonly<Record<string, Pick<Option, "rule" | "unit" | "default" | "description">>>;

export type FileOptionKey = keyof typeof fileOptions;

/** Values of the keys of the whole file. */
export type FileOptionValues = {
  readonly [Key in FileOptionKey]?: ValueOf<(typeof fileOptions)[Key]["rule"]> | undefined;
};

/** Keys that a label may say too. */
export const labelKeys = (Object.keys(options) as OptionKey[]).filter((key) => options[key].inLabels);
