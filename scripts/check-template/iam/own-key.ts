import type { Packaged, Properties } from "../packaged.ts";
import type { Change, Need } from "./request.ts";
import { need } from "./request.ts";

type Keyed = { readonly type: string; readonly service: string; readonly keyOf: (of: Properties) => unknown };

const kinds: readonly Keyed[] = [
  { type: "AWS::SQS::Queue", service: "sqs", keyOf: (of) => of["KmsMasterKeyId"] },
  {
    type: "AWS::DynamoDB::Table",
    service: "dynamodb",
    keyOf: (of) => (of["SSESpecification"] as Properties | undefined)?.["KMSMasterKeyId"],
  },
  { type: "AWS::SecretsManager::Secret", service: "secretsmanager", keyOf: (of) => of["KmsKeyId"] },
];

/**
 * What a call needs of the own key of a queue, a table or a secret, by the resource's `Ref`; nothing when it has none.
 * Sending encrypts under a new data key; reading decrypts one (SQS developer guide, "Key management"; Secrets Manager
 * user guide, "Secret encryption"; DynamoDB developer guide, "DynamoDB encryption at rest").
 */
export function ownKeyNeeds(one: Packaged, by: string, ref: string, actions: readonly string[]): Need[] {
  return kinds.flatMap(({ type, service, keyOf }) => {
    const resource = one.known(type, ref);
    const key = resource === undefined ? undefined : keyOf(resource);
    if (typeof key !== "string") return [];
    const viaService = `${service}.${one.place.region}.amazonaws.com`;
    return actions.map((action) =>
      need(by, action, key, { context: { "kms:ViaService": viaService }, not: besides(one.place.region) }),
    );
  });
}

export const reading = ["kms:Decrypt"];
export const sending = ["kms:Decrypt", "kms:GenerateDataKey"];

function besides(region: string): Change[] {
  return [
    { why: "used without a service", context: { "kms:ViaService": undefined } },
    { why: "used through another service", context: { "kms:ViaService": `s3.${region}.amazonaws.com` } },
  ];
}
