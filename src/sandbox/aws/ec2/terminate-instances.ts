import type { Ec2Carry } from "./ec2-context.ts";
import { ec2Error } from "./ec2-error.ts";
import { stateXml } from "./instance-xml.ts";
import { knownInstances } from "./known-instance.ts";

/** Ends all of the named instances or, when one of the ids is wrong, none. Ending one again is no error. */
export const terminateInstances: Ec2Carry = ({ fleet }, query) => {
  const ids = query.texts("InstanceId");
  const dryRun = query.flag("DryRun") ?? false;
  // what a shutdown inside would still have done is not waited for in any case
  query.flag("SkipOsShutdown");
  query.flag("Force");
  query.refuseUnread();
  if (ids.length === 0) throw ec2Error("MissingParameter", "The request must contain the parameter InstanceIds");
  const instances = knownInstances(ids, fleet.known());
  if (dryRun) throw ec2Error("DryRunOperation", "Request would have succeeded, but DryRun flag is set.");
  return {
    instancesSet: instances.map((instance) => {
      const previousState = stateXml(instance.state());
      const time = new Date()
        .toISOString()
        .replace("T", " ")
        .replace(/\.\d+Z$/, " GMT");
      instance.terminate(userInitiated, `User initiated (${time})`);
      return { instanceId: instance.facts.id, currentState: stateXml(instance.state()), previousState };
    }),
  };
};

const userInitiated = {
  code: "Client.UserInitiatedShutdown",
  message: "Client.UserInitiatedShutdown: User initiated shutdown",
};
