import { paginateDescribeInstances } from "@aws-sdk/client-ec2";
import type { EC2Client, Filter, Instance } from "@aws-sdk/client-ec2";
import { ec2CallError } from "./ec2-call-error.ts";
import { runnerTag, stackTag, tagOf } from "./tags.ts";

/** A stack's machines in the region of the client. */
export type StackInRegion = { readonly client: EC2Client; readonly stack: string };

export type FoundInstance = { readonly machineId: string; readonly runnerName: string; readonly instance: Instance };

/**
 * Machines of this stack, those too that have ended a short while ago; of one runner, or made by one client token,
 * when it is given. EC2 may show a new machine some seconds late.
 */
export async function findInstances(
  { client, stack }: StackInRegion,
  only: { readonly runnerName?: string | undefined; readonly clientToken?: string | undefined } = {},
): Promise<FoundInstance[]> {
  const filters: Filter[] = [
    filter(`tag:${stackTag}`, stack),
    ...(only.runnerName === undefined ? [] : [filter(`tag:${runnerTag}`, only.runnerName)]),
    ...(only.clientToken === undefined ? [] : [filter("client-token", only.clientToken)]),
  ];
  const found: FoundInstance[] = [];
  try {
    for await (const page of paginateDescribeInstances({ client, pageSize: 1000 }, { Filters: filters })) {
      const instances = page.Reservations?.flatMap((reservation) => reservation.Instances ?? []) ?? [];
      for (const instance of instances) {
        const runnerName = tagOf(instance, runnerTag);
        // what the stack tagged for another purpose, such as a machine that builds an image, runs no jobs
        if (instance.InstanceId === undefined || runnerName === undefined) continue;
        found.push({ machineId: instance.InstanceId, runnerName, instance });
      }
    }
  } catch (error) {
    throw ec2CallError(error, "DescribeInstances");
  }
  return found;
}

/** EC2 takes `*`, `?` and `\` in a filter's value for wildcards. */
function filter(name: string, value: string): Filter {
  return { Name: name, Values: [value.replaceAll(/[\\*?]/g, String.raw`\$&`)] };
}
