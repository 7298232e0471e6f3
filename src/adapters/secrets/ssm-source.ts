import { GetParameterCommand } from "@aws-sdk/client-ssm";
import type { GetParameterCommandOutput, SSMClient } from "@aws-sdk/client-ssm";
import { CallError } from "../../core/errors/call-error.ts";
import { awsCallError } from "../aws/aws-call-error.ts";
import { noValueYet, redactedWords } from "./secret-words.ts";
import type { SecretSource } from "./secret-source.ts";
import { ssmCodes } from "./ssm-codes.ts";

const operation = "GetParameter";

/**
 * A SecureString of the Parameter Store; `name` is its name or ARN. The client needs `ssm:GetParameter` on it, and
 * `kms:Decrypt` where it has a key of its own. A parameter of another type is refused: it would lie there readable.
 */
export function ssmSource(client: SSMClient, name: string): SecretSource {
  const failed = (kind: "invalid", message: string): CallError =>
    new CallError({ service: "secrets", operation, kind, message });
  return {
    name,
    async read() {
      let answer: GetParameterCommandOutput;
      try {
        answer = await client.send(new GetParameterCommand({ Name: name, WithDecryption: true }));
      } catch (error) {
        const { facts } = awsCallError(error, "secrets", operation, ssmCodes, redactedWords);
        const message =
          facts.kind === "not-found" ? noValueYet(`the parameter ${name}`) : `the parameter ${name}: ${facts.message}`;
        throw new CallError({ ...facts, message });
      }
      const { Value: text, Type: type } = answer.Parameter ?? {};
      if (type !== "SecureString") {
        const kept = "everything in it can be read by whoever may read parameters, and must be replaced";
        throw failed("invalid", `the parameter ${name} is a ${type ?? "nothing"} in place of a SecureString: ${kept}`);
      }
      if (text === undefined) throw failed("invalid", noValueYet(`the parameter ${name}`));
      return text;
    },
  };
}
