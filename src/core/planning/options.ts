import type { Execution } from "../model/execution.ts";

/** One word of a few. `later`: words that will mean something one day and are refused as such. */
export type ChoiceRule = {
  readonly type: "choice";
  readonly values: readonly string[];
  readonly later?: readonly string[];
};

/** A list of names, each of a pattern. */
export type ListRule = {
  readonly type: "list";
  /** What one of them is, with its article. */
  readonly what: string;
  readonly example: string;
  readonly pattern: RegExp;
  readonly fewest: number;
  readonly most: number;
};

/** What may be written for a key. Another type of value is another member here, with its check and its sentence. */
export type Rule = ChoiceRule | ListRule;

export type Option = {
  readonly rule: Rule;
  /** What holds without the key; undefined: what the operator set. */
  readonly default: string | undefined;
  readonly description: string;
  /** Executions that the key means something for. */
  readonly executions: readonly Execution[];
};

/**
 * THE table of the keys of a runner in `.github/runner.yml`: validation, the types of values and docs/runner-yml.md
 * follow from it.
 */
export const options = {
  execution: {
    rule: { type: "choice", values: ["lambda", "ec2", "microvm"], later: ["auto"] },
    default: undefined,
    description: "Where jobs with this runner's label run. A runner with a key that only EC2 has runs there.",
    executions: ["lambda", "ec2", "microvm"],
  },
  "instance-types": {
    rule: {
      type: "list",
      what: "an EC2 instance type",
      example: "c7i.xlarge",
      // A family and a size; https://docs.aws.amazon.com/ec2/latest/instancetypes/instance-type-names.html
      pattern: /^[a-z][a-z0-9-]*\.(?:nano|micro|small|medium|large|[0-9]*xlarge|metal(?:-[0-9]+xl)?)$/,
      fewest: 1,
      most: 10,
    },
    default: undefined,
    description:
      "Instance types that will do, in this order of preference: the next one is tried when one has no room.",
    executions: ["ec2"],
  },
  spot: {
    rule: { type: "choice", values: ["prefer", "never", "only"] },
    default: undefined,
    description:
      "Spot capacity is cheaper and can be taken away in mid-job. `prefer` falls back to on-demand where there is none, " +
      "`only` waits for it.",
    executions: ["ec2"],
  },
} as const satisfies Readonly<Record<string, Option>>;

export type OptionKey = keyof typeof options;

type ValueOf<R> = R extends { type: "choice"; values: readonly (infer Word)[] } ? Word : readonly string[];

/** Values of a runner's keys as the table allows them; a key that was not written is missing. */
export type OptionValues = { readonly [Key in OptionKey]?: ValueOf<(typeof options)[Key]["rule"]> };
