/** A rule of a checker that does not hold here, and why. */
export type Suppression = {
  readonly rule: string;
  readonly why: string;
  /** It holds when there is an own key, `--param kms=yes`: only without one is it suppressed. */
  readonly onlyWithoutOwnKey?: true;
};

/** Of cfn-lint. */
export const suppressedInCfnLint: readonly Suppression[] = [
  { rule: "W3005", why: "the framework names dependencies that references imply already" },
];

/** Of checkov. */
export const suppressedInCheckov: readonly Suppression[] = [
  { rule: "CKV_AWS_18", why: "the deployment bucket holds bundles and templates: who reads them stands in CloudTrail" },
  { rule: "CKV_AWS_21", why: "the framework keeps five deployments in the bucket under names of their own" },
  {
    rule: "CKV_AWS_26",
    why: "alarms may not use SNS's own key, and say nothing secret; an own key encrypts them",
    onlyWithoutOwnKey: true,
  },
  {
    rule: "CKV_AWS_27",
    why: "SqsManagedSseEnabled encrypts both queues; the rule knows keys only",
    onlyWithoutOwnKey: true,
  },
  {
    rule: "CKV_AWS_111",
    why: "the runner's network interfaces: Lambda asks for them on all resources, and jobs are denied them; sessions of Systems Manager know no resources",
  },
  {
    rule: "CKV_AWS_115",
    why: "small accounts cannot reserve concurrency, and reserved below the event source's concurrency it would send good messages to the dead-letter queue; the policy caps runners",
  },
  {
    rule: "CKV_AWS_116",
    why: "nothing invokes the four functions asynchronously but the schedule, which comes again; the runner has an on-failure destination instead",
  },
  {
    rule: "CKV_AWS_117",
    why: "the functions talk to public APIs only, and a NAT gateway would cost more than all of them",
  },
  { rule: "CKV_AWS_119", why: "DynamoDB encrypts with its own key", onlyWithoutOwnKey: true },
  { rule: "CKV_AWS_149", why: "Secrets Manager encrypts with its own key", onlyWithoutOwnKey: true },
  { rule: "CKV_AWS_158", why: "CloudWatch Logs encrypts with its own key", onlyWithoutOwnKey: true },
  { rule: "CKV_AWS_173", why: "nothing in the environment is secret, and Lambda encrypts it with its own key" },
];
