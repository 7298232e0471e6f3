/** A service of AWS that is judged, by the tests in test/aws/FILE.test.ts. */
export type Judged = {
  readonly name: string;
  readonly file: string;
  /** The SDK's package, of which src or scripts have calls. */
  readonly client: string;
  /** What moto does not have, as far as no test can show that; what one shows is told by its title. */
  readonly beyond: readonly string[];
};

/** Every service that our adapters and scripts call. */
export const judged: readonly Judged[] = [
  {
    name: "DynamoDB",
    file: "dynamodb",
    client: "client-dynamodb",
    beyond: ["throttling", "reads of an index that lag behind writes", "keys that BatchGetItem leaves out"],
  },
  {
    name: "SQS",
    file: "sqs",
    client: "client-sqs",
    beyond: ["fairness between groups", "messages that come twice or late", "KMS"],
  },
  { name: "Secrets Manager", file: "secrets-manager", client: "client-secrets-manager", beyond: ["KMS", "throttling"] },
  { name: "SSM Parameter Store", file: "ssm", client: "client-ssm", beyond: ["KMS", "throttling"] },
  {
    name: "EC2",
    file: "ec2",
    client: "client-ec2",
    beyond: ["capacity", "quotas", "throttling", "interruptions", "machines that are shown late", "identity documents"],
  },
  { name: "Lambda", file: "lambda", client: "client-lambda", beyond: ["running a function", "throttles", "retries"] },
  { name: "STS", file: "sts", client: "client-sts", beyond: ["rights: what a session may do"] },
  {
    name: "ECR",
    file: "ecr",
    client: "client-ecr",
    beyond: ["pushing layers", "carrying out the lifecycle", "rights"],
  },
  {
    name: "CloudFormation",
    file: "cloudformation",
    client: "client-cloudformation",
    beyond: ["most of the resources in serverless.yml", "the checks that a deployment makes"],
  },
];
