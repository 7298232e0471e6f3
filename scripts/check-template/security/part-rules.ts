import { danglingReferences } from "../dangling-references.ts";
import type { Packaged, Properties } from "../packaged.ts";
import { statementsOf } from "../statements.ts";
import type { SecurityRule } from "./rule.ts";

/** What keeps something that somebody could miss, or pay for. */
const holders = /^AWS::(?:Logs::LogGroup|SQS::Queue|DynamoDB::Table|SecretsManager::Secret|KMS::Key|SSM::Parameter)$/;
/** What is lost is lost for good. */
const precious = ["AWS::DynamoDB::Table", "AWS::SecretsManager::Secret"];

const closed = '{"BlockPublicAcls":true,"BlockPublicPolicy":true,"IgnorePublicAcls":true,"RestrictPublicBuckets":true}';

export const partRules: readonly SecurityRule[] = [
  {
    name: "the template refers to nothing that is not there, and leaves no condition open",
    problems: (one) => [
      ...danglingReferences(one.template),
      ...(one.template.Conditions === undefined ? [] : ["Conditions: they are decided when the template is packaged"]),
      ...Object.entries(one.template.Resources)
        .filter(([, resource]) => /"Fn::If"|AWS::NoValue/.test(JSON.stringify(resource)))
        .map(([id]) => `${id}: a condition is left open`),
    ],
  },
  {
    name: "nothing on the internet can begin to talk to a machine",
    problems: (one) => [
      ...one.ids("AWS::EC2::SecurityGroupIngress").map((id) => `${id}: an inbound rule`),
      ...one
        .all("AWS::EC2::SecurityGroup")
        .filter(({ properties }) => properties["SecurityGroupIngress"] !== undefined)
        .map(({ id }) => `${id}: an inbound rule`),
    ],
  },
  {
    name: "no bucket is public, and each is encrypted",
    problems: (one) => [
      ...one
        .all("AWS::S3::Bucket")
        .flatMap(({ id, properties }) => [
          ...(JSON.stringify(sorted(properties["PublicAccessBlockConfiguration"])) === closed
            ? []
            : [`${id}: may be public`]),
          ...(/AES256|aws:kms/.test(JSON.stringify(properties["BucketEncryption"])) ? [] : [`${id}: is not encrypted`]),
        ]),
      ...statementsOf(one.template, one.place)
        .filter(({ type, statement }) => type === "AWS::S3::BucketPolicy" && statement.Effect === "Allow")
        .map(({ id }) => `${id}: lets somebody in`),
    ],
  },
  {
    name: "no log is kept for ever, and every function has one",
    problems: (one) => {
      const groups = one.all("AWS::Logs::LogGroup");
      const names = groups.map(({ properties }) => properties["LogGroupName"]);
      return [
        ...groups
          .filter(({ properties }) => !(Number(properties["RetentionInDays"]) > 0))
          .map(({ id }) => `${id}: say how long it is kept, by RetentionInDays`),
        ...one
          .all("AWS::Lambda::Function")
          .filter(({ properties }) => !names.includes(`/aws/lambda/${String(properties["FunctionName"])}`))
          .map(({ id }) => `${id}: Lambda would make its log group, which is kept for ever`),
      ];
    },
  },
  {
    name: "what becomes of everything that holds something is said",
    problems: (one) =>
      Object.entries(one.template.Resources).flatMap(([id, { Type, DeletionPolicy, UpdateReplacePolicy }]) => {
        if (!holders.test(Type)) return [];
        const replaced = precious.includes(Type) ? UpdateReplacePolicy === "Retain" : UpdateReplacePolicy !== undefined;
        return [
          ...(DeletionPolicy === "Delete" ? [] : [`${id}: outlives the stack, or nobody has said that it does not`]),
          ...(replaced ? [] : [`${id}: say what becomes of it when it is replaced, by UpdateReplacePolicy`]),
        ];
      }),
  },
  {
    name: "everything is encrypted: by the own key when there is one, or by AWS's",
    problems: (one) => [
      ...encryption(
        one,
        "AWS::SQS::Queue",
        (of) => of["KmsMasterKeyId"],
        (of) => of["SqsManagedSseEnabled"] === true,
      ),
      ...encryption(one, "AWS::Logs::LogGroup", (of) => of["KmsKeyId"]),
      ...encryption(one, "AWS::SecretsManager::Secret", (of) => of["KmsKeyId"]),
      ...encryption(one, "AWS::SNS::Topic", (of) => of["KmsMasterKeyId"]),
      ...encryption(
        one,
        "AWS::DynamoDB::Table",
        (of) => (of["SSESpecification"] as Properties | undefined)?.["KMSMasterKeyId"],
      ),
      ...one
        .all("AWS::KMS::Key")
        .filter(({ properties }) => properties["EnableKeyRotation"] !== true)
        .map(({ id }) => `${id}: is never changed; set EnableKeyRotation`),
    ],
  },
  {
    name: "disks are encrypted, and machines hide their role from containers",
    problems: (one) =>
      one.all("AWS::EC2::LaunchTemplate").flatMap(({ id, properties }) => {
        const data = properties["LaunchTemplateData"] as {
          readonly MetadataOptions?: Properties;
          readonly BlockDeviceMappings?: readonly { readonly Ebs?: Properties }[];
        };
        const { HttpTokens: tokens, HttpPutResponseHopLimit: hops } = data.MetadataOptions ?? {};
        const disks = data.BlockDeviceMappings ?? [];
        return [
          ...(tokens === "required" && hops === 1 ? [] : [`${id}: IMDSv2 with one hop, please`]),
          ...(disks.length > 0 && disks.every(({ Ebs }) => Ebs?.["Encrypted"] === true)
            ? []
            : [`${id}: a disk in the clear`]),
        ];
      }),
  },
  {
    name: "a message that nobody can handle ends in a dead-letter queue, and is hidden six time limits long before",
    problems: (one) =>
      one.all("AWS::Lambda::EventSourceMapping").flatMap(({ id, properties }) => {
        const queue = one.known("AWS::SQS::Queue", String(properties["EventSourceArn"]), "Arn");
        const worker = one.known("AWS::Lambda::Function", String(properties["FunctionName"]), "Arn");
        const { deadLetterTargetArn: dead = "" } = (queue?.["RedrivePolicy"] ?? {}) as Readonly<Record<string, string>>;
        const least = 6 * Number(worker?.["Timeout"]);
        return [
          ...(one.idOf("AWS::SQS::Queue", dead, "Arn") === undefined
            ? [`${id}: its queue has no dead-letter queue`]
            : []),
          ...(Number(queue?.["VisibilityTimeout"]) >= least
            ? []
            : [`${id}: VisibilityTimeout of its queue is below ${least}, six times the function's time limit`]),
        ];
      }),
  },
  {
    name: "a runner's invocation that fails is told of, once, and never repeated",
    problems: (one) =>
      one
        .all("AWS::Lambda::Function")
        .filter(({ properties }) => properties["PackageType"] === "Image")
        .flatMap(({ id, properties }) => {
          const config = one
            .all("AWS::Lambda::EventInvokeConfig")
            .find((found) => found.properties["FunctionName"] === properties["FunctionName"])?.properties;
          const told = /"OnFailure":\{"Destination":"arn:aws:sqs:/.test(
            JSON.stringify(config?.["DestinationConfig"] ?? null),
          );
          return [
            ...(told ? [] : [`${id}: no on-failure destination`]),
            ...(config?.["MaximumRetryAttempts"] === 0
              ? []
              : [`${id}: is tried again, with a token that is good once`]),
          ];
        }),
  },
];

/** `byAws`: whether it is encrypted all the same without an own key. */
function encryption(
  one: Packaged,
  type: string,
  keyOf: (of: Properties) => unknown,
  byAws: (of: Properties) => boolean = () => true,
): string[] {
  const keys = one.ids("AWS::KMS::Key").flatMap((id) => [one.value(id), one.value(id, "Arn")]);
  return one
    .all(type)
    .filter(({ properties }) => {
      const key = keyOf(properties);
      return keys.length === 0 ? key !== undefined || !byAws(properties) : !keys.includes(String(key));
    })
    .map(({ id }) => (keys.length === 0 ? `${id}: is not encrypted` : `${id}: is not encrypted by the own key`));
}

function sorted(of: unknown): unknown {
  return Object.fromEntries(Object.entries((of ?? {}) as Properties).toSorted(([a], [b]) => (a < b ? -1 : 1)));
}
