import { DescribeStacksCommand } from "@aws-sdk/client-cloudformation";
import type { CloudFormationClient } from "@aws-sdk/client-cloudformation";
import { awsCallError } from "../../../adapters/aws/aws-call-error.ts";
import { awsCodes } from "../../../adapters/aws/aws-codes.ts";
import { redact } from "../../../adapters/log/redact.ts";
import { NotDone } from "./not-done.ts";

/** What the deployment of a stage says of itself: names and values of the stack's outputs. */
export type StackOutputs = Readonly<Record<string, string>>;

/** Reads the outputs of `mayfly-<stage>`. Rejects with `NotDone` when there is no such stack, or nobody may see it. */
export async function stackOutputs(client: CloudFormationClient, stage: string): Promise<StackOutputs> {
  const name = `mayfly-${stage}`;
  const answer = await client.send(new DescribeStacksCommand({ StackName: name })).catch((error: unknown) => {
    const { message: words } = awsCallError(error, "cloudformation", "DescribeStacks", awsCodes, redact).facts;
    const gone = /does not exist/.test(words);
    const why = gone ? "there is no such stack in this account and region" : words;
    const what = gone ? "Deploy it first, choose another --region" : "Mend that";
    throw new NotDone(`the stack ${name} cannot be read: ${why}. ${what}, or give --secret and --webhook-url.`);
  });
  const outputs = answer.Stacks?.[0]?.Outputs ?? [];
  return Object.fromEntries(outputs.map(({ OutputKey: key = "", OutputValue: value = "" }) => [key, value]));
}
