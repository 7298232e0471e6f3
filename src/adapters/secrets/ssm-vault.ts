import { GetParameterCommand, PutParameterCommand } from "@aws-sdk/client-ssm";
import type { GetParameterCommandOutput, SSMClient } from "@aws-sdk/client-ssm";
import { CallError, isCallError } from "../../core/errors/call-error.ts";
import { awsCallError } from "../aws/aws-call-error.ts";
import { redactedWords } from "./secret-words.ts";
import { changedMeanwhile, isWritten } from "./secret-vault.ts";
import type { SecretState, SecretVault } from "./secret-vault.ts";
import { ssmCodes } from "./ssm-codes.ts";

/**
 * A SecureString of the Parameter Store; `name` is its name. The store has no conditional write: of two at the same
 * moment the version tells afterwards that there was another one, whose text is in the parameter's history.
 */
export function ssmVault(client: SSMClient, name: string): SecretVault {
  const call = async <Result>(operation: string, send: () => Promise<Result>): Promise<Result> => {
    try {
      return await send();
    } catch (error) {
      const { facts } = awsCallError(error, "secrets", operation, ssmCodes, redactedWords);
      throw new CallError({ ...facts, message: `the parameter ${name}: ${facts.message}` });
    }
  };
  const get = (selector: string): Promise<GetParameterCommandOutput> =>
    call("GetParameter", () => client.send(new GetParameterCommand({ Name: selector, WithDecryption: true })));
  /** A request that was repeated after a lost reply has written twice, or found what it had written itself. */
  const textOf = async (selector: string): Promise<string | undefined> => (await get(selector)).Parameter?.Value;
  const state = async (): Promise<SecretState> => {
    let answer: GetParameterCommandOutput;
    try {
      answer = await get(name);
    } catch (error) {
      if (isCallError(error, "not-found")) return none;
      throw error;
    }
    const { Value: text, Version: version = 0, LastModifiedDate: at } = answer.Parameter ?? {};
    return { text, version: String(version), writtenAtMs: at?.getTime(), stamp: String(version) };
  };
  return {
    name,
    state,
    async write(text, before) {
      if (isWritten(text, before, await state(), name)) return;
      const next = Number(before.stamp) + 1;
      const isFirst = before.stamp === none.stamp;
      // a key of 4,096 bits does not fit into the 4 KB of the standard tier
      const more = { Type: "SecureString", Overwrite: !isFirst, Tier: "Intelligent-Tiering" } as const;
      const command = new PutParameterCommand({ Name: name, Value: text, ...more });
      const version = await call("PutParameter", () => client.send(command)).then(
        (answer) => answer.Version,
        (error: unknown) => {
          if (isCallError(error, "conflict")) return undefined;
          throw error;
        },
      );
      if (version !== next && (await textOf(`${name}:${next}`)) !== text) throw changedMeanwhile(name, "PutParameter");
    },
  };
}

const none: SecretState = { text: undefined, version: undefined, writtenAtMs: undefined, stamp: "0" };
