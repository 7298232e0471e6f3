/** A worked example of docs/runner-yml.md. A test works them out as Mayfly does. */
export type InheritanceExample = {
  readonly title: string;
  readonly text: string;
  readonly repository: string;
  readonly organisation: string;
  readonly policy: string;
  /** All runners that come out, with the operator's defaults in each, and the keys of the file. */
  readonly result: string;
};

export const inheritanceExamples: readonly InheritanceExample[] = [
  {
    title: "key by key",
    text:
      "`build` of the repository only wants more vCPU. `lint` is the organisation's alone. The operator's `disk-gb` and " +
      "`subnets` are of every runner, its `spot` only of those that nobody else says it of.",
    repository: `runners:
  build:
    cpu: 8
report: problems
`,
    organisation: `runners:
  Build:
    execution: ec2
    cpu: 4
    spot: prefer
  lint:
    timeout-minutes: 10
max-runners: 20
report: always
`,
    policy: `defaults:
  spot: never
  disk-gb: 50
  subnets: private
subnets:
  private:
    - { id: subnet-0123456789abcdef0, zone: us-east-1a }
`,
    result: `runners:
  build:
    cpu: 8
    execution: ec2
    spot: prefer
    disk-gb: 50
    subnets: private
  lint:
    timeout-minutes: 10
    spot: never
    disk-gb: 50
    subnets: private
report: problems
max-runners: 20
`,
  },
  {
    title: "lists are replaced, and machines are named in one way",
    text:
      "The repository's list of `build` stands alone. Its `test` asks for vCPU, so that the organisation's types for it are " +
      "not inherited; neither is `arch: arm64` for the x64 types of `build`.",
    repository: `runners:
  build:
    instance-types: [m7i.large]
  test:
    cpu: 4
`,
    organisation: `runners:
  build:
    labels: [self-hosted, build]
    instance-types: [c7g.xlarge, c7g.2xlarge]
    arch: arm64
  test:
    instance-types: [c7i.xlarge, c7a.xlarge]
    spot: never
`,
    policy: `defaults:
  memory-gb: 8
`,
    result: `runners:
  build:
    instance-types: [m7i.large]
    labels: [self-hosted, build]
  test:
    cpu: 4
    spot: never
    memory-gb: 8
`,
  },
  {
    title: "what is impossible is left out",
    text:
      "Lambda has no spot capacity and at most 10 GB, so `lint` inherits neither; `timeout-minutes` fits. `big` wants more " +
      "than Lambda has, so the organisation's `execution: lambda` is not inherited and the operator's `image`, which is " +
      "for arm64, is not either.",
    repository: `runners:
  lint:
    execution: lambda
  big:
    arch: x64
    memory-gb: 32
`,
    organisation: `runners:
  lint:
    spot: never
    memory-gb: 16
    timeout-minutes: 10
  big:
    execution: lambda
    timeout-minutes: 12
`,
    policy: `images:
  arm:
    arch: arm64
    ec2: ami-0123456789abcdef0
    lambda: mayfly-arm
defaults:
  image: arm
  disk-gb: 100
`,
    result: `runners:
  lint:
    execution: lambda
    timeout-minutes: 10
    image: arm
  big:
    arch: x64
    memory-gb: 32
    timeout-minutes: 12
    disk-gb: 100
`,
  },
];
