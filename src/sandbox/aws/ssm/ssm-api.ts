import { createHash } from "node:crypto";
import { AwsError } from "../aws-error.ts";
import { jsonInput, onlyMembers, operationNamed, textMember, type JsonInput } from "../json-input.ts";
import type { ssmOperations } from "./codes.ts";
import { addVersion, parameterTypes } from "./parameter-store.ts";
import type { Parameter, ParameterStore, ParameterTier, ParameterType } from "./parameter-store.ts";

type Operation = (store: ParameterStore, input: JsonInput) => unknown;

const mostBytes: Readonly<Record<ParameterTier, number>> = { Standard: 4096, Advanced: 8192 };
const mostLevels = 15;

const operations: Readonly<Record<(typeof ssmOperations)[number], Operation>> = {
  GetParameter: getParameter,
  PutParameter: putParameter,
};

/**
 * Carries out one operation of the Parameter Store; throws an `AwsError` in the service's own words
 * (https://docs.aws.amazon.com/systems-manager/latest/APIReference/).
 */
export function ssmApi(store: ParameterStore, operation: string, body: string): unknown {
  return operationNamed(operations, operation)(store, jsonInput(body));
}

function getParameter(store: ParameterStore, input: JsonInput): unknown {
  onlyMembers(input, ["Name", "WithDecryption"], invalid);
  const asked = text(input, "Name") ?? "";
  const [, name = "", selector] = /^((?:arn:(?:[^:]*:){4})?[^:]*)(?::(.+))?$/.exec(asked) ?? [];
  const parameter = store.find(name);
  // with this error comes no message
  if (parameter === undefined) throw new AwsError(400, "ParameterNotFound", "");
  const found = selector === undefined ? parameter.versions.at(-1) : versionOf(parameter, selector);
  if (found === undefined) {
    const message = `Systems Manager could not find version ${selector} of ${name}. Verify the version and try again.`;
    throw new AwsError(400, "ParameterVersionNotFound", message);
  }
  const isClear = parameter.type !== "SecureString" || input["WithDecryption"] === true;
  return {
    Parameter: {
      Name: parameter.name,
      ARN: parameter.arn,
      Type: parameter.type,
      DataType: "text",
      Version: found.version,
      LastModifiedDate: found.writtenAtMs / 1000,
      Value: isClear ? found.value : encrypted(parameter, found.value),
      ...(selector === undefined ? {} : { Selector: `:${selector}` }),
    },
  };
}

/** Labels are not in the sandbox: only numbers lead anywhere. */
function versionOf({ versions }: Parameter, selector: string): Parameter["versions"][number] | undefined {
  return versions.find(({ version }) => String(version) === selector);
}

/** What KMS's ciphertext looks like from outside: base64 that says nothing. */
function encrypted({ arn }: Parameter, value: string): string {
  const blocks = Array.from({ length: 4 + value.length / 32 }, (_, block) =>
    createHash("sha256").update(`${arn} ${block} ${value}`).digest(),
  );
  return Buffer.concat([Buffer.from("0102020078", "hex"), ...blocks]).toString("base64");
}

const putMembers = ["Name", "Value", "Type", "Overwrite", "Tier", "Description", "KeyId", "DataType"];

function putParameter(store: ParameterStore, input: JsonInput): unknown {
  onlyMembers(input, putMembers, invalid);
  const name = text(input, "Name") ?? "";
  const value = text(input, "Value") ?? "";
  checkName(name);
  if (value === "") throw invalid("1 validation error detected: Value '' at 'value' failed to satisfy constraint: Member must have length greater than or equal to 1."); // prettier-ignore
  if (/\{\{.*\}\}/s.test(value)) throw invalid("Parameter value can't nest another parameter. Do not use {{}} in the value."); // prettier-ignore
  const type = typeOf(input);
  const existing = store.find(name);
  if (existing !== undefined && input["Overwrite"] !== true) {
    const message =
      "The parameter already exists. To overwrite this value, set the overwrite option in the request to true.";
    throw new AwsError(400, "ParameterAlreadyExists", message);
  }
  if (existing === undefined && type === undefined) {
    throw invalid("A parameter type is required when you create a parameter.");
  }
  if (existing !== undefined && type !== undefined && type !== existing.type) {
    const message =
      "Parameter Store does not support changing a parameter type in a hierarchy. For example, you can't change a " +
      "parameter from a String type to a SecureString type. You must create a new, unique parameter.";
    throw new AwsError(400, "HierarchyTypeMismatchException", message);
  }
  const tier = tierOf(text(input, "Tier"), existing?.tier, Buffer.byteLength(value));
  const parameter = existing ?? store.add(name, type ?? "String");
  parameter.tier = tier;
  return { Version: addVersion(parameter, value).version, Tier: tier };
}

function checkName(name: string): void {
  if (!/^[\w./-]{1,1011}$/.test(name)) {
    throw invalid("Parameter name: only a mix of letters, numbers and the following 4 symbols .-_/ are allowed.");
  }
  if (name.includes("/") && !name.startsWith("/")) throw invalid("Parameter name must be a fully qualified name.");
  if (/^\/?(?:aws|ssm)/i.test(name)) {
    throw invalid('Parameter name: can\'t be prefixed with "aws" or "ssm" (case-insensitive).');
  }
  if (name.split("/").length - 1 > mostLevels) {
    const message = `A hierarchy can have a maximum of ${mostLevels} levels.`;
    throw new AwsError(400, "HierarchyLevelLimitExceededException", message);
  }
}

function typeOf(input: JsonInput): ParameterType | undefined {
  const given = text(input, "Type");
  const type = parameterTypes.find((one) => one === given);
  if (given === undefined || type !== undefined) return type;
  throw invalid(`1 validation error detected: Value '${given}' at 'type' failed to satisfy constraint: Member must satisfy enum value set: [SecureString, StringList, String]`); // prettier-ignore
}

function tierOf(asked: string | undefined, before: ParameterTier | undefined, bytes: number): ParameterTier {
  if (asked !== undefined && !["Standard", "Advanced", "Intelligent-Tiering"].includes(asked)) {
    throw invalid(`1 validation error detected: Value '${asked}' at 'tier' failed to satisfy constraint`);
  }
  if (before === "Advanced" && asked === "Standard") {
    throw invalid("This parameter uses the advanced-parameter tier. You can't downgrade a parameter from the advanced-parameter tier to the standard-parameter tier. If necessary, you can delete the advanced parameter and recreate it as a standard parameter."); // prettier-ignore
  }
  const isAdvanced =
    before === "Advanced" || asked === "Advanced" || (asked === "Intelligent-Tiering" && bytes > mostBytes.Standard);
  const tier = isAdvanced ? "Advanced" : "Standard";
  if (bytes <= mostBytes[tier]) return tier;
  const way =
    tier === "Standard"
      ? " To create a larger parameter value, upgrade the parameter to use the advanced-parameter tier. For more information, see https://docs.aws.amazon.com/systems-manager/latest/userguide/parameter-store-advanced-parameters.html" // prettier-ignore
      : "";
  throw invalid(`${tier} tier parameters support a maximum parameter value of ${mostBytes[tier]} characters.${way}`);
}

function text(input: JsonInput, name: string): string | undefined {
  return textMember(input, name, invalid);
}

function invalid(message: string): AwsError {
  return new AwsError(400, "ValidationException", message);
}
