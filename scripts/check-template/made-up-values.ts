import { createHash } from "node:crypto";
import type { Json, JsonObject, Template } from "../deployment/template.ts";

/** Where the made-up stack is. */
export type Place = { readonly account: string; readonly region: string; readonly stack: string };

export const somePlace: Place = { account: "123456789012", region: "eu-central-1", stack: "mayfly-dev" };

type Named = Place & { readonly id: string; readonly properties: JsonObject };
type Values = {
  readonly ref: (of: Named) => string;
  readonly attributes?: Readonly<Record<string, (of: Named) => string>>;
};

/** What `Ref` and `Fn::GetAtt` give for each type, after the resource's page in the CloudFormation user guide. */
const types: Readonly<Record<string, Values>> = {
  "AWS::ApiGatewayV2::Api": {
    ref: (of) => digest(of, 10),
    attributes: { ApiEndpoint: (of) => `https://${digest(of, 10)}.execute-api.${of.region}.amazonaws.com` },
  },
  "AWS::ApiGatewayV2::Integration": { ref: (of) => digest(of, 7) },
  "AWS::ApiGatewayV2::Stage": { ref: (of) => property(of, "StageName") },
  "AWS::CloudWatch::Alarm": { ref: named("AlarmName"), attributes: { Arn: arn("cloudwatch", "alarm:", "AlarmName") } },
  "AWS::CloudWatch::Dashboard": { ref: named("DashboardName") },
  "AWS::DynamoDB::Table": { ref: named("TableName"), attributes: { Arn: arn("dynamodb", "table/", "TableName") } },
  "AWS::EC2::InternetGateway": { ref: (of) => `igw-${digest(of, 17)}` },
  "AWS::EC2::LaunchTemplate": { ref: (of) => `lt-${digest(of, 17)}`, attributes: { LatestVersionNumber: () => "1" } },
  "AWS::EC2::RouteTable": { ref: (of) => `rtb-${digest(of, 17)}` },
  "AWS::EC2::SecurityGroup": { ref: securityGroup, attributes: { GroupId: securityGroup } },
  "AWS::EC2::Subnet": {
    ref: (of) => `subnet-${digest(of, 17)}`,
    attributes: { AvailabilityZone: (of) => `${of.region}${of.id.slice(-1).toLowerCase()}` },
  },
  "AWS::EC2::VPC": {
    ref: (of) => `vpc-${digest(of, 17)}`,
    attributes: { CidrBlock: (of) => property(of, "CidrBlock") },
  },
  "AWS::Events::Rule": { ref: named("Name"), attributes: { Arn: arn("events", "rule/", "Name") } },
  "AWS::IAM::InstanceProfile": {
    ref: named("InstanceProfileName"),
    attributes: { Arn: arn("iam", "instance-profile/", "InstanceProfileName") },
  },
  "AWS::IAM::ManagedPolicy": { ref: arn("iam", "policy/", "ManagedPolicyName") },
  "AWS::IAM::Role": { ref: named("RoleName"), attributes: { Arn: arn("iam", "role/", "RoleName") } },
  "AWS::KMS::Key": {
    ref: keyId,
    attributes: { Arn: (of) => `arn:aws:kms:${of.region}:${of.account}:key/${keyId(of)}` },
  },
  "AWS::Lambda::Function": {
    ref: named("FunctionName"),
    attributes: { Arn: arn("lambda", "function:", "FunctionName") },
  },
  "AWS::Logs::LogGroup": {
    ref: (of) => property(of, "LogGroupName"),
    attributes: { Arn: (of) => `${arn("logs", "log-group:", "LogGroupName")(of)}:*` },
  },
  "AWS::S3::Bucket": { ref: (of) => named("BucketName")(of).toLowerCase() },
  "AWS::SNS::Topic": { ref: arn("sns", "", "TopicName") },
  "AWS::SQS::Queue": {
    ref: (of) => `https://sqs.${of.region}.amazonaws.com/${of.account}/${named("QueueName")(of)}`,
    attributes: { Arn: arn("sqs", "", "QueueName"), QueueName: named("QueueName") },
  },
  "AWS::SSM::Parameter": { ref: (of) => property(of, "Name") },
  "AWS::SecretsManager::Secret": { ref: (of) => `${arn("secretsmanager", "secret:", "Name")(of)}-${digest(of, 6)}` },
};

/** Services whose ARNs name no region. */
const global: ReadonlySet<string> = new Set(["iam"]);

/**
 * A value as AWS would give it for a resource, the same each time; `attribute` undefined: its `Ref`. Throws for what
 * the template does not have and for what AWS does not know.
 */
export function madeUpValue(template: Template, place: Place, id: string, attribute?: string): string {
  const resource = template.Resources[id];
  if (resource === undefined) throw new Error(`the template has no resource ${id}`);
  const values = types[resource.Type];
  const value = attribute === undefined ? values?.ref : values?.attributes?.[attribute];
  if (value === undefined) throw new Error(`${id} is ${resource.Type}: no ${attribute ?? "Ref"} of that is known here`);
  return value({ ...place, id, properties: resource.Properties ?? {} });
}

function property({ id, properties }: Named, name: string): string {
  const value: Json | undefined = properties[name];
  if (typeof value !== "string") throw new Error(`${id} has no text ${name}`);
  return value;
}

/** The name that a property gives it, or what CloudFormation would make up. */
function named(name: string): (of: Named) => string {
  return (of) => (of.properties[name] === undefined ? `${of.stack}-${of.id}-${digest(of, 12)}` : property(of, name));
}

function arn(service: string, before: string, name: string): (of: Named) => string {
  return (of) => `arn:aws:${service}:${global.has(service) ? "" : of.region}:${of.account}:${before}${named(name)(of)}`;
}

function securityGroup(of: Named): string {
  return `sg-${digest(of, 17)}`;
}

function keyId(of: Named): string {
  return digest(of, 32).replace(/^(.{8})(.{4})(.{4})(.{4})/, "$1-$2-$3-$4-");
}

function digest({ stack, id }: Named, length: number): string {
  return createHash("sha256").update(`${stack} ${id}`).digest("hex").slice(0, length);
}
