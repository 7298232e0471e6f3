import { AwsError } from "../aws-error.ts";
import { jsonInput, onlyMembers, operationNamed, textMember, type JsonInput } from "../json-input.ts";
import type { secretsManagerOperations } from "./codes.ts";
import { addVersion, labelled, type Secret, type SecretStore, type SecretVersion } from "./secret-store.ts";

type Operation = (store: SecretStore, input: JsonInput) => unknown;

const mostBytes = 65_536;

const operations: Readonly<Record<(typeof secretsManagerOperations)[number], Operation>> = {
  CreateSecret: createSecret,
  DescribeSecret: describeSecret,
  GetSecretValue: getSecretValue,
  PutSecretValue: putSecretValue,
};

/**
 * Carries out one operation of Secrets Manager; throws an `AwsError` in the service's own words
 * (https://docs.aws.amazon.com/secretsmanager/latest/apireference/).
 */
export function secretsManagerApi(store: SecretStore, operation: string, body: string): unknown {
  return operationNamed(operations, operation)(store, jsonInput(body));
}

function createSecret(store: SecretStore, input: JsonInput): unknown {
  onlyMembers(input, ["Name", "ClientRequestToken", "Description", "KmsKeyId", "Tags", ...valueMembers], invalid);
  const name = text(input, "Name") ?? "";
  if (!/^[\w/+=.@-]{1,512}$/.test(name)) throw invalid("Invalid name. Must be a valid name containing alphanumeric characters, or any of the following: -/_+=.@!"); // prettier-ignore
  const id = token(input);
  const value = valueOf(input);
  const existing = store.find(name);
  if (existing !== undefined) {
    const same = existing.versions.get(id);
    if (same === undefined) {
      throw refused("ResourceExistsException", `The operation failed because the secret ${name} already exists.`);
    }
    return { ARN: existing.arn, Name: name, VersionId: repeated(existing, same, value).id };
  }
  const description = text(input, "Description");
  const secret = store.add({ name, description, kmsKeyId: text(input, "KmsKeyId"), tags: input["Tags"] });
  if (value === undefined) return { ARN: secret.arn, Name: name };
  return { ARN: secret.arn, Name: name, VersionId: addVersion(secret, { id, ...value }, undefined).id };
}

function putSecretValue(store: SecretStore, input: JsonInput): unknown {
  onlyMembers(input, ["SecretId", "ClientRequestToken", "VersionStages", ...valueMembers], invalid);
  const secret = known(store, input);
  const id = token(input);
  const value = valueOf(input);
  if (value === undefined) throw invalid("You must provide either SecretString or SecretBinary.");
  const same = secret.versions.get(id);
  const version =
    same === undefined ? addVersion(secret, { id, ...value }, stagesOf(input)) : repeated(secret, same, value);
  return { ARN: secret.arn, Name: secret.name, VersionId: version.id, VersionStages: [...version.stages] };
}

function getSecretValue(store: SecretStore, input: JsonInput): unknown {
  onlyMembers(input, ["SecretId", "VersionId", "VersionStage"], invalid);
  const secret = known(store, input);
  const [id, stage] = [text(input, "VersionId"), text(input, "VersionStage")];
  const version = id === undefined ? labelled(secret, stage ?? "AWSCURRENT") : secret.versions.get(id);
  if (version === undefined) {
    const wanted = id === undefined ? `staging label: ${stage ?? "AWSCURRENT"}` : `VersionId: ${id}`;
    throw refused("ResourceNotFoundException", `Secrets Manager can't find the specified secret value for ${wanted}`);
  }
  if (stage !== undefined && !version.stages.has(stage)) {
    const message = "You provided a VersionStage that is not associated to the provided VersionId.";
    throw refused("InvalidRequestException", message);
  }
  return {
    ARN: secret.arn,
    Name: secret.name,
    VersionId: version.id,
    VersionStages: [...version.stages],
    CreatedDate: version.createdAtMs / 1000,
    SecretString: version.text,
    SecretBinary: version.binary,
  };
}

function describeSecret(store: SecretStore, input: JsonInput): unknown {
  onlyMembers(input, ["SecretId"], invalid);
  const secret = known(store, input);
  // a version without a label is deprecated, and not shown
  const shown = [...secret.versions.values()].filter(({ stages }) => stages.size > 0);
  return {
    ARN: secret.arn,
    Name: secret.name,
    Description: secret.description,
    KmsKeyId: secret.kmsKeyId,
    Tags: secret.tags ?? [],
    CreatedDate: secret.createdAtMs / 1000,
    LastChangedDate: secret.changedAtMs / 1000,
    ...(shown.length === 0
      ? {}
      : { VersionIdsToStages: Object.fromEntries(shown.map(({ id, stages }) => [id, [...stages]])) }),
  };
}

type Value = Pick<SecretVersion, "text" | "binary">;

const valueMembers = ["SecretString", "SecretBinary"];

function valueOf(input: JsonInput): Value | undefined {
  const value = { text: text(input, "SecretString"), binary: text(input, "SecretBinary") };
  const given = [value.text, value.binary].filter((one) => one !== undefined);
  if (given.length === 0) return undefined;
  if (given.length > 1) throw invalid("You can't specify both a binary secret value and a string secret value in the same secret."); // prettier-ignore
  if (Buffer.byteLength(given[0] ?? "") > mostBytes) {
    const message = "1 validation error detected: Value at 'secretString' failed to satisfy constraint: Member must have length less than or equal to 65536"; // prettier-ignore
    throw refused("ValidationException", message);
  }
  return value;
}

/** The same token: the same value is the same request, another one would change a version. */
function repeated(secret: Secret, version: SecretVersion, value: Value | undefined): SecretVersion {
  if (version.text === value?.text && version.binary === value?.binary) return version;
  const message = `You can't use ClientRequestToken ${version.id} because that value is already in use for a version of secret ${secret.arn}.`;
  throw refused("ResourceExistsException", message);
}

function known(store: SecretStore, input: JsonInput): Secret {
  const secret = store.find(text(input, "SecretId") ?? "");
  if (secret !== undefined) return secret;
  throw refused("ResourceNotFoundException", "Secrets Manager can't find the specified secret.");
}

function token(input: JsonInput): string {
  const given = text(input, "ClientRequestToken");
  if (given === undefined)
    throw invalid("You must provide a ClientRequestToken value. We recommend a UUID-type value.");
  if (given.length < 32 || given.length > 64) throw invalid("ClientRequestToken must be 32-64 characters long.");
  return given;
}

function stagesOf(input: JsonInput): string[] | undefined {
  const stages: unknown = input["VersionStages"];
  if (stages === undefined || stages === null) return undefined;
  const isList = Array.isArray(stages) && stages.length > 0 && stages.length <= 20;
  if (!isList || !stages.every((stage) => typeof stage === "string" && stage !== "")) {
    throw invalid("VersionStages must hold 1 to 20 labels");
  }
  return stages as string[];
}

function text(input: JsonInput, name: string): string | undefined {
  return textMember(input, name, invalid);
}

function invalid(message: string): AwsError {
  return refused("InvalidParameterException", message);
}

function refused(code: string, message: string): AwsError {
  return new AwsError(400, code, message);
}
