import { describe, expect, test } from "@jest/globals";
import { yamlReader } from "../../../../src/adapters/yaml/yaml-reader.ts";
import type { Policy } from "../../../../src/core/planning/policy/policy.ts";
import { policyPlace } from "../../../../src/core/planning/policy/policy-place.ts";
import { defaultPolicy, readPolicy } from "../../../../src/core/planning/policy/read-policy.ts";
import type { ProblemCode } from "../../../../src/core/planning/runner-config/problem.ts";

const read = (text: string): ReturnType<typeof readPolicy> => readPolicy(text, yamlReader());

const whole = `# The operator's policy.
installations: [48700001, 48700002]
executions: [lambda, ec2]
instance-types: [c7i.*, m7?.large]
maxima:
  cpu: 16
  memory-gb: 63.5
  disk-gb: 200
  timeout-minutes: 120
max-runners:
  total: 100
  lambda: 50
  ec2: 40
  repository: 20
label-overrides: [cpu, memory-gb]
images:
  ubuntu-24.04: {arch: x64, ec2: ami-0123456789abcdef0, lambda: mayfly-ubuntu}
  arm: {arch: arm64, lambda: "arn:aws:lambda:us-east-1:123456789012:function:mayfly-arm:live"}
roles:
  deploy:
    arn: arn:aws:iam::123456789012:role/ci/deploy
    repositories: [acme/shop, acme/web-*]
    branches: [main, release/**]
    events: [push]
    minutes: 15
  read:
    arn: arn:aws-us-gov:iam::123456789012:role/read
    repositories: ["*/*"]
    branches: ["**"]
subnets:
  private:
    - {id: subnet-0123456789abcdef0, zone: us-east-1a}
    - {id: subnet-01234567, zone: us-east-1-bos-1a}
regions: [us-east-1, us-gov-west-1]
fork-pull-requests: approve
public-repositories: allow
daily-budget-usd: 25.5
safe-actions: [acme/lint-action, acme/tools/setup, acme-labs/*]
defaults:
  execution: ec2
  arch: x64
  image: ubuntu-24.04
  spot: never
`;

describe("policies that are fine", () => {
  test.each(["", "# nothing", "~", "{}", "maxima:\nmax-runners: {}\nimages:\nroles:\nsubnets:\ndefaults:\n"])(
    "%j is the default: strangers get nothing, no names, no limits",
    (text) => {
      const { policy, problems } = read(text);
      expect(problems).toEqual([]);
      expect({ ...policy, lines: new Map() }).toEqual(defaultPolicy);
    },
  );

  test("the default", () => {
    const open = { cpu: undefined, memoryGb: undefined, diskGb: undefined, timeoutMinutes: undefined };
    expect(defaultPolicy).toEqual({
      installations: undefined,
      executions: undefined,
      instanceTypes: undefined,
      maxima: open,
      maxRunners: {},
      labelOverrides: undefined,
      images: new Map(),
      roles: new Map(),
      subnets: new Map(),
      regions: undefined,
      forkPullRequests: "deny",
      publicRepositories: "deny",
      dailyBudgetUsd: undefined,
      safeActions: [],
      defaults: {},
      lines: new Map(),
    });
  });

  test("every key", () => {
    const { policy, problems } = read(whole);
    expect(problems).toEqual([]);
    expect(policy).toEqual({
      installations: [48_700_001, 48_700_002],
      executions: ["lambda", "ec2"],
      instanceTypes: ["c7i.*", "m7?.large"],
      maxima: { cpu: 16, memoryGb: 63.5, diskGb: 200, timeoutMinutes: 120 },
      maxRunners: { total: 100, lambda: 50, ec2: 40, repository: 20 },
      labelOverrides: ["cpu", "memory-gb"],
      images: new Map([
        ["ubuntu-24.04", { arch: "x64", ec2: "ami-0123456789abcdef0", lambda: "mayfly-ubuntu" }],
        [
          "arm",
          { arch: "arm64", ec2: undefined, lambda: "arn:aws:lambda:us-east-1:123456789012:function:mayfly-arm:live" },
        ],
      ]),
      roles: new Map([
        [
          "deploy",
          {
            arn: "arn:aws:iam::123456789012:role/ci/deploy",
            repositories: ["acme/shop", "acme/web-*"],
            branches: ["main", "release/**"],
            events: ["push"],
            minutes: 15,
          },
        ],
        [
          "read",
          {
            arn: "arn:aws-us-gov:iam::123456789012:role/read",
            repositories: ["*/*"],
            branches: ["**"],
            events: ["push", "workflow_dispatch", "schedule"],
            minutes: 60,
          },
        ],
      ]),
      subnets: new Map([
        [
          "private",
          [
            { id: "subnet-0123456789abcdef0", zone: "us-east-1a" },
            { id: "subnet-01234567", zone: "us-east-1-bos-1a" },
          ],
        ],
      ]),
      regions: ["us-east-1", "us-gov-west-1"],
      forkPullRequests: "approve",
      publicRepositories: "allow",
      dailyBudgetUsd: 25.5,
      safeActions: ["acme/lint-action", "acme/tools/setup", "acme-labs/*"],
      defaults: { execution: "ec2", arch: "x64", image: "ubuntu-24.04", spot: "never" },
      lines: policy?.lines,
    });
  });

  test.each([
    ["installations", " (policy.yml:2)"],
    ["maxima", " (policy.yml:5)"],
    ["maxima.cpu", " (policy.yml:6)"],
    ["maxima.timeout-minutes", " (policy.yml:9)"],
    ["max-runners.repository", " (policy.yml:14)"],
    ["images.arm", " (policy.yml:18)"],
    ["roles.read", " (policy.yml:26)"],
    ["defaults.image", " (policy.yml:42)"],
    ["max-runners.microvm", ""],
  ])("it is known where %s is set", (key, place) => {
    const { policy = defaultPolicy } = read(whole);
    expect(policyPlace(policy, key)).toBe(place);
  });

  test.each<[string, Partial<Policy>]>([
    ["installations: []", { installations: [] }],
    ["label-overrides: []", { labelOverrides: [] }],
    ["executions: [microvm]", { executions: ["microvm"] }],
    ["max-runners: {total: 3, ec2: 3}", { maxRunners: { total: 3, ec2: 3 } }],
    [
      "defaults: {max-runners: 2, priority: 3, report: 1}".replace(", report: 1", ""),
      { defaults: { "max-runners": 2, priority: 3 } },
    ],
  ])("%s", (text, expected) => {
    expect(read(text)).toMatchObject({ policy: expected, problems: [] });
  });
});

type Row = [text: string, code: ProblemCode, from: string, to: string, message: string];

const roleKeys = "arn: arn:aws:iam::123456789012:role/x, repositories: [a/b], branches: [main]";

// prettier-ignore
const rows: readonly Row[] = [
  // the file
  ["[]", "MF-CONFIG-SHAPE", "1:1", "1:1", "The file must be a mapping of keys such as `installations`, `executions` and `instance-types`, found a list."],
  ["a: 1\n---\n", "MF-CONFIG-YAML", "2:1", "2:4", "The file must hold one document; a second one begins here."],
  ["regions: [us-east-1]\nregions: [us-east-1]", "MF-CONFIG-YAML", "2:1", "2:8", 'The key "regions" stands twice in this mapping.'],
  ["instance_types: [c7i.*]", "MF-CONFIG-KEY", "1:1", "1:15", "There is no key `instance_types`. Did you mean `instance-types`?"],
  ["maxima:\n  memory: 5", "MF-CONFIG-KEY", "2:3", "2:9", "There is no key `memory`. Known here: `cpu`, `memory-gb`, `disk-gb` and `timeout-minutes`."],
  ["__proto__: {}", "MF-CONFIG-KEY", "1:1", "1:10", "There is no key `__proto__`. Known here: `installations`, `executions`, `instance-types`, `maxima`, `max-runners`, `label-overrides`, `images`, `roles`, `subnets`, `regions`, `fork-pull-requests`, `public-repositories`, `daily-budget-usd`, `safe-actions` and `defaults`."],
  // lists
  ["installations: 5", "MF-CONFIG-SHAPE", "1:16", "1:17", "`installations` must be a list, found 5."],
  ["installations: [1, '2']", "MF-CONFIG-VALUE", "1:20", "1:23", 'An entry of `installations` must be a whole number from 1 on, found the text "2". Write `2`, without quotes.'],
  ["installations: [1, 2.5]", "MF-CONFIG-VALUE", "1:20", "1:23", "An entry of `installations` must be a whole number from 1 on, found 2.5."],
  ["executions: []", "MF-CONFIG-VALUE", "1:13", "1:15", "`executions` takes 1 to 3 entries, found 0."],
  ["executions: [ec2, lamda]", "MF-CONFIG-VALUE", "1:19", "1:24", 'An entry of `executions` cannot be the text "lamda". Did you mean `lambda`?'],
  ["executions: [auto]", "MF-CONFIG-VALUE", "1:14", "1:18", 'An entry of `executions` cannot be the text "auto". Use `lambda`, `ec2` or `microvm`.'],
  ["instance-types: ['c7i .*']", "MF-CONFIG-VALUE", "1:18", "1:26", 'Not a glob over instance types: the text "c7i .*". One looks like `c7i.*`.'],
  ["label-overrides: [labels]", "MF-CONFIG-VALUE", "1:19", "1:25", 'An entry of `label-overrides` cannot be the text "labels". Use `arch`, `cpu`, `memory-gb`, `spot`, `disk-gb` or `timeout-minutes`.'],
  ["regions: [us-east]", "MF-CONFIG-VALUE", "1:11", "1:18", 'Not an AWS region: the text "us-east". One looks like `us-east-1`.'],
  ["safe-actions: [acme/lint@v1]", "MF-CONFIG-VALUE", "1:16", "1:28", 'Not an action: the text "acme/lint@v1". One looks like `acme/lint-action`.'],
  // scalars
  ["maxima: {cpu: 2.5}", "MF-CONFIG-VALUE", "1:15", "1:18", "`cpu` must be a whole number from 1 on, found 2.5."],
  ["maxima: 5", "MF-CONFIG-SHAPE", "1:9", "1:10", "`maxima` must be a mapping of keys, found 5."],
  ["max-runners: 5", "MF-CONFIG-SHAPE", "1:14", "1:15", "`max-runners` must be a mapping of keys, found 5."],
  ["max-runners: {total: -1}", "MF-CONFIG-VALUE", "1:22", "1:24", "`total` must be a whole number from 0 on, found -1."],
  ["fork-pull-requests: false", "MF-CONFIG-VALUE", "1:21", "1:26", "`fork-pull-requests` cannot be false. Use `deny`, `approve` or `allow`."],
  ["public-repositories: approve", "MF-CONFIG-VALUE", "1:22", "1:29", '`public-repositories` cannot be the text "approve". Use `deny` or `allow`.'],
  ["daily-budget-usd: 0", "MF-CONFIG-VALUE", "1:19", "1:20", "`daily-budget-usd` must be a number above 0, found 0."],
  ["daily-budget-usd: $5", "MF-CONFIG-VALUE", "1:19", "1:21", '`daily-budget-usd` must be a number above 0, found the text "$5".'],
  // images
  ["images: [ubuntu]", "MF-CONFIG-SHAPE", "1:9", "1:17", "`images` must be a mapping of names to images, found a list."],
  ["images:\n  a b: {arch: x64, ec2: ami-01234567}", "MF-CONFIG-NAME", "2:3", "2:6", "`a b` cannot be the name of an image: it takes 1 to 64 letters, digits, `-`, `_` and `.`, beginning with a letter or a digit."],
  ["images:\n  a: ami-01234567", "MF-CONFIG-SHAPE", "2:6", "2:18", 'The image `a` must be a mapping of keys, found the text "ami-01234567".'],
  ["images:\n  a: {ec2: ami-01234567}", "MF-CONFIG-MISSING", "2:3", "2:4", "The image `a` needs the key `arch`."],
  ["images:\n  a: {arch: arm64}", "MF-CONFIG-MISSING", "2:3", "2:4", "The image `a` needs the key `ec2` or `lambda`."],
  ["images:\n  a: {arch: x64, ec2: ami-123}", "MF-CONFIG-VALUE", "2:23", "2:30", '`ec2` must be the id of an AMI such as `ami-0123456789abcdef0`, found the text "ami-123".'],
  ["images:\n  a: {arch: x64, lambda: a/b}", "MF-CONFIG-VALUE", "2:26", "2:29", '`lambda` must be the name or ARN of a Lambda function such as `mayfly-runner-ubuntu`, found the text "a/b".'],
  // roles
  [`roles:\n  r: {${roleKeys}, minutes: 61}`, "MF-CONFIG-VALUE", "2:94", "2:96", "`minutes` must be a whole number from 15 to 60, found 61."],
  [`roles:\n  r: {${roleKeys}, events: [pul_request]}`, "MF-CONFIG-VALUE", "2:94", "2:105", 'An entry of `events` cannot be the text "pul_request". Did you mean `pull_request`?'],
  ["roles:\n  r: {arn: x, repositories: [a/b], branches: [main]}", "MF-CONFIG-VALUE", "2:12", "2:13", '`arn` must be the ARN of an IAM role such as `arn:aws:iam::123456789012:role/deploy`, found the text "x".'],
  ["roles:\n  r: {arn: 'arn:aws:iam::123456789012:role/x', repositories: [acme], branches: [main]}", "MF-CONFIG-VALUE", "2:63", "2:67", 'Not a glob over `owner/name`: the text "acme". One looks like `acme/*`.'],
  ["roles:\n  r: {arn: 'arn:aws:iam::123456789012:role/x', repositories: [a/b]}", "MF-CONFIG-MISSING", "2:3", "2:4", "The role `r` needs the key `branches`."],
  // subnets
  ["subnets:\n  private: subnet-01234567", "MF-CONFIG-SHAPE", "2:12", "2:27", 'The network `private` must be a list, found the text "subnet-01234567".'],
  ["subnets:\n  private: []", "MF-CONFIG-VALUE", "2:12", "2:14", "The network `private` takes 1 to 16 entries, found 0."],
  ["subnets:\n  private:\n    - subnet-01234567", "MF-CONFIG-SHAPE", "3:7", "3:22", 'An entry of the network `private` must be a mapping of keys, found the text "subnet-01234567".'],
  ["subnets:\n  private:\n    - {id: subnet-01234567}", "MF-CONFIG-MISSING", "3:7", "3:28", "An entry of the network `private` needs the key `zone`."],
  ["subnets:\n  private:\n    - {id: subnet-01234567, zone: us-east-1}", "MF-CONFIG-VALUE", "3:35", "3:44", '`zone` must be an availability zone such as `us-east-1a`, found the text "us-east-1".'],
  ["subnets:\n  wide:\n    - {id: subnet-01234567, zone: us-west-2-lax-1a}\n    - {id: subnet-89abcdef, zone: us-west-2b}\n    - {id: subnet-76543210, zone: us-east-1a}", "MF-CONFIG-VALUE", "5:35", "5:45", "`us-east-1a` is in us-east-1, but the network `wide` begins in us-west-2. A network lies in one region: make two of it."],
  ["subnets:\n  far:\n    - {id: subnet-01234567, zone: us-west-2a}\nregions: [us-east-1, eu-west-1]", "MF-CONFIG-POLICY", "3:35", "3:45", "`us-west-2a` is in us-west-2, but `regions` allows only `us-east-1` and `eu-west-1` (policy.yml:4)."],
  ["subnets:\n  far:\n    - {id: subnet-01234567}\n    - {id: subnet-89abcdef, zone: us-west-2a}\nregions: [us-west-2]", "MF-CONFIG-MISSING", "3:7", "3:28", "An entry of the network `far` needs the key `zone`."],
  // defaults against the rest
  ["defaults: {labels: [self-hosted]}", "MF-CONFIG-KEY", "1:12", "1:18", "There is no key `labels`. Known here: `execution`, `arch`, `cpu`, `memory-gb`, `instance-types`, `spot`, `disk-gb`, `image`, `role`, `subnets`, `timeout-minutes`, `max-runners` and `priority`."],
  ["defaults: {execution: lambda, spot: only}", "MF-CONFIG-EXECUTION", "1:31", "1:35", "`spot` is for ec2 only, but `defaults` has `execution: lambda`. Remove one of the two."],
  ["defaults: {instance-types: [c7g.large]}", "MF-CONFIG-ARCH", "1:29", "1:38", "`c7g.large` is arm64, but `defaults` is x64 by default. Add `arch: arm64`."],
  ["defaults: {instance-types: [c7i.lagre]}", "MF-CONFIG-VALUE", "1:29", "1:38", 'Not an EC2 instance type: the text "c7i.lagre". Did you mean `c7i.large`?'],
  ["defaults: {instance-types: [c7i.32xlarge]}", "MF-CONFIG-INSTANCE-TYPE", "1:29", "1:41", "EC2 has no instance type `c7i.32xlarge` that this Mayfly knows. Did you mean `c7i.12xlarge`?"],
  ["defaults:\n  cpu: 8\nmaxima:\n  cpu: 4", "MF-CONFIG-POLICY", "2:8", "2:9", "`cpu: 8` is more than the operator allows: at most 4 vCPU (policy.yml:4)."],
  ["defaults: {execution: ec2}\nexecutions: [lambda]", "MF-CONFIG-POLICY", "1:23", "1:26", "The operator does not allow `execution: ec2`, only `lambda` (policy.yml:2)."],
  ["defaults: {image: ubuntu}", "MF-CONFIG-UNDEFINED", "1:19", "1:25", "The operator's policy defines no image `ubuntu`. It defines none."],
  ["defaults: {arch: arm64, image: u}\nimages: {u: {arch: x64, ec2: ami-01234567}}", "MF-CONFIG-ARCH", "1:32", "1:33", "The image `u` is x64, but `defaults` is arm64. Write `arch: x64`, or take another image."],
];

describe("one problem each, to the column", () => {
  test.each(rows)("%j: %s", (text, code, from, to, message) => {
    const { policy, problems } = read(text);
    const found = problems.map(({ line, column, endLine, endColumn, ...rest }) => {
      return {
        code: rest.code,
        severity: rest.severity,
        message: rest.message,
        from: `${line}:${column}`,
        to: `${endLine}:${endColumn}`,
      };
    });
    expect(found).toEqual([{ code, severity: "error", message, from, to }]);
    expect(policy).toBeUndefined();
  });
});

describe("warnings: the policy is used", () => {
  test.each<[string, ProblemCode, string, string]>([
    ["max-runners: {total: 5, lambda: 6}", "MF-CONFIG-CAP", "1:33", "`lambda: 6` is never reached: `total` is 5."],
    [
      "max-runners:\n  repository: 9\n  total: 8",
      "MF-CONFIG-CAP",
      "2:15",
      "`repository: 9` is never reached: `total` is 8.",
    ],
    [
      "instance-types: [c7i.*, q7x.*]",
      "MF-CONFIG-IGNORED",
      "1:25",
      "`q7x.*` has no effect: no instance type that this Mayfly knows is like that.",
    ],
    ["executions: [ec2, lambda, ec2]", "MF-CONFIG-REPEATED", "1:27", "`ec2` stands twice in `executions`."],
    ["installations: [7, 7]", "MF-CONFIG-REPEATED", "1:20", "`7` stands twice in `installations`."],
    [
      "safe-actions: [acme/lint, Acme/Lint]",
      "MF-CONFIG-REPEATED",
      "1:27",
      "`Acme/Lint` stands twice in `safe-actions`.",
    ],
    [
      "defaults: {max-runners: 9}\nmax-runners: {repository: 2}",
      "MF-CONFIG-CAP",
      "1:25",
      "`max-runners: 9` is never reached: the operator allows 2 (policy.yml:2).",
    ],
  ])("%j: %s", (text, code, place, message) => {
    const { policy, problems } = read(text);
    expect(
      problems.map(({ line, column, ...rest }) => [rest.code, rest.severity, `${line}:${column}`, rest.message]),
    ).toEqual([[code, "warning", place, message]]);
    expect(policy).toBeDefined();
  });

  test("a value that stands twice is once in the policy", () => {
    expect(read("executions: [ec2, lambda, ec2]").policy?.executions).toEqual(["ec2", "lambda"]);
  });
});

test("all problems at once, in the order of their positions; a broken image is no other problem's cause", () => {
  const text = "executions: [ec2, fargate]\nimages: {u: {}}\ndefaults: {image: u, arch: x64, cpu: 0}\nbudget: 5\n";
  expect(read(text).problems.map(({ line, column, code }) => `${line}:${column} ${code}`)).toEqual([
    "1:19 MF-CONFIG-VALUE",
    "2:10 MF-CONFIG-MISSING",
    "2:10 MF-CONFIG-MISSING",
    "3:38 MF-CONFIG-VALUE",
    "4:1 MF-CONFIG-KEY",
  ]);
});
