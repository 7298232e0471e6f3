import type { Ec2Carry, Ec2Context } from "./ec2-context.ts";
import { ec2Error } from "./ec2-error.ts";
import { reservationXml } from "./instance-xml.ts";
import { launchPlan, type LaunchPlan } from "./launch-plan.ts";
import { overlay } from "./launch-settings.ts";
import { readRunInput, type RunInput } from "./read-run-input.ts";
import { roomFor } from "./room.ts";
import { templateSettings } from "./template-settings.ts";

/**
 * Launches instances. The same client token with the same parameters is answered with the first answer again, and
 * nothing is launched; with other parameters it is refused. A refused launch leaves its token free.
 */
export const runInstances: Ec2Carry = (context, query, fault) => {
  const input = readRunInput(query);
  const fingerprint = query.fingerprint(["ClientToken"]);
  const before = input.clientToken === undefined ? undefined : context.launches.get(input.clientToken);
  if (before !== undefined && before.fingerprint !== fingerprint) {
    const message = "Arguments on this idempotent request are inconsistent with arguments used in previous request(s).";
    throw ec2Error("IdempotentParameterMismatch", message);
  }
  if (before !== undefined) return before.answer;
  const { template, settings } = input;
  const base = template === undefined ? {} : templateSettings(context.options.launchTemplates, template);
  const plan = launchPlan(overlay(base, settings), context.options);
  if (input.dryRun) {
    throw ec2Error("DryRunOperation", "Request would have succeeded, but DryRun flag is set.");
  }
  const answer = launch(context, plan, input, fault);
  if (input.clientToken !== undefined) context.launches.set(input.clientToken, { fingerprint, answer });
  return answer;
};

function launch(context: Ec2Context, plan: LaunchPlan, input: RunInput, fault: string | undefined) {
  const { fleet, options, account } = context;
  const count = roomFor(plan, { least: input.minCount, most: input.maxCount }, fleet.all(), options);
  if (!context.launchedInstances.take(count)) {
    throw ec2Error("RequestLimitExceeded", `Request limit exceeded. Account ${account} has been throttled on ec2:RunInstances because it exceeded its resource rate limit.`); // prettier-ignore
  }
  const launched = fleet.launch(plan, count, {
    clientToken: input.clientToken,
    stillborn: fault === "key-denied" ? keyDenied : undefined,
  });
  return reservationXml(launched, account);
}

/** As EC2 ends an instance whose disk's KMS key it may not use. */
const keyDenied = { code: "Client.InternalError", message: "Client.InternalError: Client error on launch" };
