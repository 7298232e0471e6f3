import { z } from "zod";

/** `subnet-1@eu-central-1a,subnet-2@eu-central-1b`: each with its availability zone. Empty: none. */
export const subnetList = z.coerce.string().transform((text, context) => {
  const subnets =
    text === "" ? [] : text.split(",").map((one) => /^(?<id>subnet-[0-9a-f]+)@(?<zone>[a-z0-9-]+)$/.exec(one));
  return subnets.map((match) => {
    const { id, zone } = match?.groups ?? {};
    if (id !== undefined && zone !== undefined) return { id, zone };
    context.addIssue("is no list such as subnet-1@eu-central-1a,subnet-2@eu-central-1b");
    return z.NEVER;
  });
});
