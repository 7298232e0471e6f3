import type { QueueAndTablePlace } from "../../../sandbox/aws/queue-and-table.ts";
import { awsAccount, ec2, functionName, region } from "../sandbox-names.ts";
import * as timing from "../sandbox-timings.ts";
import type { Session } from "../stand-ins/session.ts";
import { names } from "./deployment.ts";

/**
 * The variables of all four functions, as the deployment sets them; the SDK's own ones say that AWS is on 127.0.0.1.
 */
export function functionEnvironment(
  {
    port,
    githubUrl,
    awsUrl,
    instanceCertificate,
  }: Pick<Session, "port" | "githubUrl" | "awsUrl" | "instanceCertificate">,
  place: QueueAndTablePlace,
): Readonly<Record<string, string>> {
  const { claimWithinSeconds, lifetimeSeconds, instanceClaimWithinSeconds, pollSeconds, shipSeconds } = timing;
  const { launchTemplateId, logGroup, subnets, stack } = ec2;
  const lambda = {
    functions: [{ functionName, memoryMb: 3008, arch: "x64" }],
    claimWithinSeconds,
    lifetimeSeconds,
  };
  const launchTemplate = { id: launchTemplateId, version: "$Latest" };
  const instances = {
    account: awsAccount,
    regions: { [region]: { launchTemplate, logGroup, subnets, certificates: [instanceCertificate] } },
    claimWithinSeconds: instanceClaimWithinSeconds,
    lifetimeSeconds,
    usualStartSeconds: 30,
    pollSeconds,
    shipSeconds,
  };
  return {
    AWS_REGION: region,
    AWS_ACCESS_KEY_ID: "sandbox",
    AWS_SECRET_ACCESS_KEY: "sandbox",
    AWS_ENDPOINT_URL: awsUrl,
    AWS_ENDPOINT_URL_SQS: place.sqsUrl,
    AWS_ENDPOINT_URL_DYNAMODB: place.dynamodbUrl,
    MAYFLY_STACK: stack,
    MAYFLY_LABEL_PREFIX: "mayfly",
    MAYFLY_LOG_LEVEL: "debug",
    MAYFLY_QUEUE_URL: place.queueUrl,
    MAYFLY_DEAD_LETTER_QUEUE_URL: place.deadLetterQueueUrl,
    MAYFLY_SECRET: `secretsmanager:${names.secret}`,
    MAYFLY_POLICY_PARAMETER: names.policyParameter,
    MAYFLY_TABLE: place.table,
    MAYFLY_GITHUB_URL: githubUrl,
    MAYFLY_HOST_URL: `http://127.0.0.1:${port}`,
    MAYFLY_LAMBDA: JSON.stringify(lambda),
    MAYFLY_EC2: JSON.stringify(instances),
    MAYFLY_TIMINGS: JSON.stringify(timing.sandboxTimings),
  };
}
