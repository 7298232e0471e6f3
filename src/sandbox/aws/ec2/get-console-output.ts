import type { Ec2Carry } from "./ec2-context.ts";
import { ec2Error } from "./ec2-error.ts";
import { knownInstances } from "./known-instance.ts";

/** The newest 64 KB of an instance's console, base64; with `Latest` or without. */
export const getConsoleOutput: Ec2Carry = ({ fleet }, query) => {
  const id = query.wanted("InstanceId");
  const dryRun = query.flag("DryRun") ?? false;
  query.flag("Latest");
  query.refuseUnread();
  const [instance] = knownInstances([id], fleet.known());
  if (dryRun) throw ec2Error("DryRunOperation", "Request would have succeeded, but DryRun flag is set.");
  return {
    instanceId: id,
    timestamp: new Date().toISOString(),
    output: Buffer.from(instance?.console() ?? "").toString("base64"),
  };
};
