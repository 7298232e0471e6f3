import { GetParameterCommand } from "@aws-sdk/client-ssm";
import type { GetParameterCommandOutput, SSMClient } from "@aws-sdk/client-ssm";
import { CallError } from "../../core/errors/call-error.ts";
import type { PolicySource } from "../../core/ports.ts";
import { awsCallError } from "../aws/aws-call-error.ts";
import { ssmCodes } from "../secrets/ssm-codes.ts";
import { policySource } from "./policy-file.ts";
import type { PolicyFileOptions } from "./policy-file.ts";

export type SsmPolicyOptions = Omit<PolicyFileOptions, "name" | "read"> & {
  /** Needs `ssm:GetParameter` on the parameter. */
  readonly client: SSMClient;
  /** Name of the parameter that holds the text of `policy.yml`. */
  readonly parameter: string;
};

/**
 * The operator's policy in a parameter of the Parameter Store, read again when it is a minute old. Nothing is read before
 * the first `read`. Until one reading was good, each `read` tries again, those at the same time together, and rejects
 * with a `CallError` with every problem: without a policy nobody is served. After that a broken or missing one leaves the
 * last good one in force, and is logged.
 */
export function ssmPolicy({ client, parameter, yaml, clock, log }: SsmPolicyOptions): PolicySource {
  let source: PolicySource | undefined;
  let reading: Promise<PolicySource> | undefined;
  const begin = async (): Promise<PolicySource> => {
    try {
      source = await policySource({ name: parameter, read: () => readText(client, parameter), yaml, clock, log });
      return source;
    } catch (error) {
      throw error instanceof CallError ? error : unusable(error);
    } finally {
      reading = undefined;
    }
  };
  return { read: async () => await (source ?? (await (reading ??= begin()))).read() };
}

const operation = "GetParameter";

async function readText(client: SSMClient, parameter: string): Promise<string> {
  let answer: GetParameterCommandOutput;
  try {
    answer = await client.send(new GetParameterCommand({ Name: parameter }));
  } catch (error) {
    const { facts } = awsCallError(error, "policy", operation, ssmCodes);
    const isGone = facts.kind === "not-found";
    const message = isGone
      ? `there is no parameter ${parameter} with the policy: deploy again, which makes it of policy.yml`
      : `the policy's parameter ${parameter}: ${facts.message}`;
    throw new CallError({ ...facts, message });
  }
  const text = answer.Parameter?.Value;
  if (text !== undefined) return text;
  const message = `the answer holds no text of the policy's parameter ${parameter}`;
  throw new CallError({ service: "policy", operation, kind: "lost-reply", message });
}

/** Its words are the problems, one a line. */
function unusable(error: unknown): CallError {
  const problems = error instanceof Error ? error.message : String(error);
  const message = `the policy has errors, and nobody is served before they are mended:\n${problems}`;
  return new CallError({ service: "policy", operation: "read", kind: "invalid", message });
}
