import { CloudFormationClient, CreateStackCommand, DescribeStacksCommand } from "@aws-sdk/client-cloudformation";
import { DescribeImagesCommand, EC2Client } from "@aws-sdk/client-ec2";
import { CreateSecretCommand, SecretsManagerClient } from "@aws-sdk/client-secrets-manager";
import { packageTemplate } from "../../scripts/check-template/package-template.ts";
import type { Json, Template } from "../../scripts/deployment/template.ts";
import { given, newName, reach } from "./moto.ts";

/** What our adapters use of the stack and moto's CloudFormation can make. */
const resources = [
  "Table",
  "WorkQueue",
  "DeadLetterQueue",
  "PolicyParameter",
  "Vpc",
  "InternetGateway",
  "InternetGatewayAttachment",
  "SubnetA",
  "SubnetB",
  "RouteTable",
  "DefaultRoute",
  "LaunchTemplate",
  "MachineSecurityGroup",
  "MachineProfile",
  "MachineRole",
  "MachineLogGroup",
];
const outputs = ["WebhookUrl", "SecretName", "PolicyParameter", "WorkQueueUrl", "DeadLetterQueueUrl", "TableName"];

/** In place of the HTTP API, which moto's CloudFormation does not make. */
export const apiUrl = "https://abcde12345.execute-api.eu-central-1.amazonaws.com";

/** The worker's variables, as the stack gives them to the function. */
export type WorkerEnvironment = Readonly<Record<string, string>>;

/** Packages serverless.yml for a stage and has moto's CloudFormation make what it can of it. */
export async function deployStack(stage: string): Promise<WorkerEnvironment> {
  const template = await packageTemplate({ stage });
  const variables = variablesOf(template);
  const client = new CloudFormationClient(reach());
  try {
    const StackName = `mayfly-${stage}`;
    const TemplateBody = JSON.stringify(fitting(template, variables, await standIns(stage), await someImage()));
    await client.send(new CreateStackCommand({ StackName, TemplateBody }));
    const { Stacks } = await client.send(new DescribeStacksCommand({ StackName }));
    const values = new Map(Stacks?.[0]?.Outputs?.map(({ OutputKey, OutputValue = "" }) => [OutputKey, OutputValue]));
    const pairs = Object.keys(variables).map((name) => [name, given(values.get(outputOf(name)), name)]);
    return { ...(Object.fromEntries(pairs) as WorkerEnvironment), AWS_REGION: reach().region };
  } finally {
    client.destroy();
  }
}

function variablesOf({ Resources }: Template): Readonly<Record<string, Json>> {
  const properties = given(Resources["WorkerLambdaFunction"]?.Properties, "worker in the template");
  const { Variables } = properties["Environment"] as { readonly Variables: Readonly<Record<string, Json>> };
  return Variables;
}

/** A variable comes out of the stack as an output, whose name is letters and digits. */
const outputOf = (variable: string): string => `Variable${variable.replaceAll("_", "")}`;

/** References that moto's CloudFormation cannot follow, and what they are here. */
async function standIns(stage: string): Promise<Readonly<Record<string, string>>> {
  const client = new SecretsManagerClient(reach());
  const { ARN } = await client.send(new CreateSecretCommand({ Name: newName("AppSecret") }));
  client.destroy();
  const secret = given(ARN, "secret");
  const { region } = reach();
  return {
    '{"Ref":"AppSecret"}': JSON.stringify(secret),
    "${AppSecret}": secret,
    '{"Fn::GetAtt":["HttpApi","ApiEndpoint"]}': JSON.stringify(apiUrl),
    "${HttpApi.ApiEndpoint}": apiUrl,
    "${RunnerLambdaFunction}": `mayfly-${stage}-runner`,
    // without a name it gives the zones of another region
    '{"Fn::GetAZs":""}': JSON.stringify({ "Fn::GetAZs": region }),
    // an attribute in the value of a variable of Fn::Sub
    "${SubnetA.AvailabilityZone}": `${region}a`,
    "${SubnetB.AvailabilityZone}": `${region}b`,
  };
}

/** In place of the newest Ubuntu's: the public parameters that tell it are not in moto. */
async function someImage(): Promise<string> {
  const client = new EC2Client(reach());
  const Filters = [{ Name: "name", Values: ["ubuntu/images/hvm-ssd/*"] }];
  const { Images } = await client.send(new DescribeImagesCommand({ Filters }));
  client.destroy();
  return given(Images?.[0]?.ImageId, "Ubuntu image");
}

function fitting(
  { Resources, Parameters = {}, Outputs }: Template,
  variables: Readonly<Record<string, Json>>,
  known: Readonly<Record<string, string>>,
  image: string,
): Json {
  const only = <One>(all: Readonly<Record<string, One>>, names: readonly string[]): Record<string, One> =>
    Object.fromEntries(names.map((name) => [name, given(all[name], `${name} in the template`)]));
  const text = JSON.stringify({
    Parameters: Object.fromEntries(Object.keys(Parameters).map((name) => [name, { Type: "String", Default: image }])),
    Resources: only(Resources, resources),
    Outputs: {
      ...only(Outputs, outputs),
      ...Object.fromEntries(Object.entries(variables).map(([name, Value]) => [outputOf(name), { Value }])),
    },
  });
  const followed = Object.entries(known).reduce((so, [from, to]) => so.replaceAll(from, to), text);
  // Fn::Cidr is not known either
  let subnets = 0;
  return JSON.parse(followed, (key, value: Json) => {
    if (key !== "CidrBlock" || typeof value === "string") return value;
    subnets += 1;
    return `10.0.${16 * subnets}.0/20`;
  }) as Json;
}
