import { labelKeys, options } from "./options.ts";
import type { ListRule } from "./options.ts";
import type { FileKeys, KeysRule, TextRule } from "./runner-config/file-rule.ts";

const archs = options.arch.rule;
const executions = { type: "choice", values: ["lambda", "ec2", "microvm"] } as const;

/** https://docs.github.com/en/actions/reference/workflows-and-actions/events-that-trigger-workflows, of runs of their own */
const events = {
  type: "choice",
  values: (
    "branch_protection_rule check_run check_suite create delete deployment deployment_status discussion " +
    "discussion_comment fork gollum image_version issue_comment issues label merge_group milestone page_build public " +
    "pull_request pull_request_review pull_request_review_comment pull_request_target push registry_package release " +
    "repository_dispatch schedule status watch workflow_dispatch workflow_run"
  ).split(" "),
} as const;

function list(what: string, example: string, pattern: RegExp, insensitive = false): ListRule {
  return { type: "list", what, example, pattern, fewest: 1, most: 200, insensitive };
}

function text(what: string, example: string, pattern: RegExp): TextRule {
  return { type: "text", what, example, pattern };
}

/** A cap. */
const count = { type: "number", whole: true, least: 1 } as const;
/** A cap that an operator may close for a while. */
const countOrNone = { ...count, least: 0 } as const;

// `labels` of all runners would be the same.
const { labels: _, ...defaults } = options;

const image = {
  type: "keys",
  keys: {
    arch: { rule: archs, required: true, description: "Architecture of the image." },
    ec2: {
      rule: text("the id of an AMI", "ami-0123456789abcdef0", /^ami-(?:[0-9a-f]{8}|[0-9a-f]{17})$/),
      default: "the image is not for EC2",
      description: "The AMI on EC2. It is of one region: that of the machines.",
    },
    lambda: {
      rule: text(
        "the name or ARN of a Lambda function",
        "mayfly-runner-ubuntu",
        /^(?:arn:aws[a-z-]*:lambda:[a-z0-9-]+:\d{12}:function:)?[A-Za-z0-9_-]{1,64}(?::[A-Za-z0-9_-]{1,128})?$/,
      ),
      default: "the image is not for Lambda",
      description: "The Lambda function that was made from the image. One of another region by its ARN.",
    },
  },
  anyOf: ["ec2", "lambda"],
} as const satisfies KeysRule;

/** Of an AWS role that jobs get credentials of. */
export const roleRule = {
  type: "keys",
  keys: {
    arn: {
      rule: text(
        "the ARN of an IAM role",
        "arn:aws:iam::123456789012:role/deploy",
        /^arn:aws[a-z-]*:iam::\d{12}:role\/[\w+=,.@/-]{1,512}$/,
      ),
      required: true,
      description: "The role that jobs get credentials of. It must trust Mayfly's host function, `sts:TagSession` too.",
    },
    repositories: {
      rule: list("a glob over `owner/name`", "acme/*", /^[\w.*?-]{1,64}\/[\w.*?-]{1,128}$/, true),
      required: true,
      description: "Repositories whose jobs may have it: `acme/shop`, `acme/*`. `*` stands for anything but `/`.",
    },
    branches: {
      rule: list("a glob over branches", "release/*", /^[^\s~^:\\[]{1,255}$/),
      required: true,
      description: "Branches whose runs may have it: `main`, `release/*`; `**` goes across `/`.",
    },
    events: {
      rule: { type: "items", of: events, fewest: 1, most: 40 },
      default: "`push`, `workflow_dispatch`, `schedule`",
      description: "Events whose runs may have it.",
    },
    minutes: {
      // AssumeRole gives at least 15 min, and at most 60 when one role takes another:
      // https://docs.aws.amazon.com/STS/latest/APIReference/API_AssumeRole.html
      rule: { type: "number", whole: true, least: 15, most: 60 },
      unit: "minutes",
      default: "60",
      description: "So long its credentials are good for.",
    },
  },
} as const satisfies KeysRule;

const subnet = {
  type: "keys",
  keys: {
    id: {
      rule: text("the id of a subnet", "subnet-0123456789abcdef0", /^subnet-(?:[0-9a-f]{8}|[0-9a-f]{17})$/),
      required: true,
      description: "The subnet.",
    },
    zone: {
      rule: text("an availability zone", "us-east-1a", /^[a-z]{2}(?:-[a-z]+)+-\d+(?:-[a-z]+-\d+)?[a-z]$/),
      required: true,
      description: "The availability zone that it is in. The region follows from it.",
    },
  },
} as const satisfies KeysRule;

/**
 * THE table of the keys of the operator's `policy.yml`: validation, the JSON Schema and docs/policy-yml.md follow from
 * it. `default` is what holds in a file without the key.
 */
export const policyOptions = {
  installations: {
    rule: { type: "items", of: { type: "number", whole: true, least: 1 }, fewest: 0, most: 1000 },
    default: "as the settings of this Mayfly say",
    description: "Ids of the installations of the GitHub App that are served. `[]` serves nobody.",
  },
  executions: {
    rule: { type: "items", of: executions, fewest: 1, most: 3 },
    default: "all",
    description: "Where jobs may run.",
  },
  "instance-types": {
    rule: list("a glob over instance types", "c7i.*", /^[a-z0-9*?][a-z0-9.*?-]{0,63}$/),
    default: "all",
    description: "Instance types that jobs may have, as globs: `c7i.*`, `m7?.large`.",
  },
  maxima: {
    rule: {
      type: "keys",
      keys: {
        cpu: { rule: options.cpu.rule, unit: "vCPU", default: "no limit", description: "The largest `cpu`." },
        "memory-gb": {
          rule: options["memory-gb"].rule,
          unit: "GB",
          default: "no limit",
          description: "The largest `memory-gb`.",
        },
        "disk-gb": {
          rule: options["disk-gb"].rule,
          unit: "GB",
          default: "no limit",
          description: "The largest `disk-gb`.",
        },
        "timeout-minutes": {
          rule: options["timeout-minutes"].rule,
          unit: "minutes",
          default: "no limit",
          description: "The largest `timeout-minutes`.",
        },
      },
    },
    description:
      "The most that a runner may ask for, or get by naming `instance-types`. Types whose size Mayfly does not know are " +
      "within them only if `instance-types` of this file allows them.",
  },
  "max-runners": {
    rule: {
      type: "keys",
      keys: {
        total: {
          rule: countOrNone,
          unit: "machines",
          default: "no limit",
          description: "All together. `0` pauses everything: nothing is launched, jobs wait, and those that run go on.",
        },
        lambda: { rule: countOrNone, unit: "machines", default: "no limit", description: "On Lambda; `0` pauses it." },
        ec2: { rule: countOrNone, unit: "machines", default: "no limit", description: "On EC2; `0` pauses it." },
        microvm: { rule: count, unit: "machines", default: "no limit", description: "On Lambda MicroVMs." },
        repository: { rule: count, unit: "machines", default: "no limit", description: "Of each repository." },
      },
    },
    description: "At most so many machines at a time; further jobs wait in line.",
  },
  "label-overrides": {
    rule: { type: "items", of: { type: "choice", values: labelKeys }, fewest: 0, most: labelKeys.length },
    default: "all",
    description: "Keys that a label may say as `/key=value`, within the maxima. `[]`: none.",
  },
  images: {
    rule: { type: "names", one: "image", many: "images", of: image },
    default: "none",
    description: "Images that runners may name.",
  },
  roles: {
    rule: { type: "names", one: "role", many: "roles", of: roleRule },
    default: "none",
    description: "AWS roles that runners may name, and whose jobs get their credentials.",
  },
  subnets: {
    rule: {
      type: "names",
      one: "network",
      many: "lists of subnets",
      of: { type: "items", of: subnet, fewest: 1, most: 16 },
    },
    default: "none",
    description: "Networks that runners may name: each a list of subnets of one region, where its machines are then.",
  },
  regions: {
    rule: list("an AWS region", "us-east-1", /^[a-z]{2}(?:-[a-z]+)+-\d+$/),
    default: "all that this Mayfly has machines in",
    description:
      "Regions that machines may run in. A machine is in the region of its network, else in the installation's own; on " +
      "Lambda where its function is.",
  },
  "fork-pull-requests": {
    rule: { type: "choice", values: ["deny", "approve", "allow"] },
    default: "deny",
    description:
      "Runs of code from forks, and runs that somebody without write access caused by `pull_request_target`, " +
      "`issue_comment` or `workflow_run`. `approve`: they get machines once somebody with write access has re-run them.",
  },
  "public-repositories": {
    rule: { type: "choice", values: ["deny", "allow"] },
    default: "deny",
    description: "Whether jobs of public repositories get machines at all.",
  },
  "daily-budget-usd": {
    rule: { type: "number", whole: false },
    unit: "USD",
    default: "no limit",
    description: "When so much is spent on machines on one day (UTC), by estimate, jobs wait for the next one.",
  },
  "safe-actions": {
    rule: list(
      "an action",
      "acme/lint-action",
      /^[A-Za-z0-9][A-Za-z0-9-]{0,38}\/(?:\*|[A-Za-z0-9._-]{1,100}(?:\/[A-Za-z0-9._-]{1,100}){0,8})$/,
      true,
    ),
    default: "none",
    description:
      "Actions that are safe on Lambda, beside those that Mayfly knows: `owner/name`, `owner/name/path` or `owner/*`, " +
      "without a version. They need no Docker, no root and no package manager.",
  },
  defaults: {
    rule: { type: "keys", keys: defaults },
    default: "as docs/runner-yml.md says",
    description:
      "What runners get that leave it open, the built-in ones too: any key of a runner in `.github/runner.yml` but `labels`.",
  },
} as const satisfies FileKeys;

/** The whole of `policy.yml`. */
export const policyFile = { type: "keys", keys: policyOptions } as const satisfies KeysRule;
