import type { Ec2Instance } from "./ec2-instance.ts";
import { ec2Error } from "./ec2-error.ts";

/** The instances with these ids, among those that are known; throws an `AwsError` when one is not. */
export function knownInstances(ids: readonly string[], known: readonly Ec2Instance[]): Ec2Instance[] {
  for (const id of ids) {
    if (!/^i-(?:[0-9a-f]{8}|[0-9a-f]{17})$/.test(id)) {
      throw ec2Error("InvalidInstanceID.Malformed", `Invalid id: "${id}" (expecting "i-...")`);
    }
  }
  const found = [...new Set(ids)].map((id) => ({ id, instance: known.find(({ facts }) => facts.id === id) }));
  const missing = found.flatMap(({ id, instance }) => (instance === undefined ? [id] : []));
  if (missing.length > 0) {
    const [what, verb] = missing.length === 1 ? ["instance ID", "does"] : ["instance IDs", "do"];
    throw ec2Error("InvalidInstanceID.NotFound", `The ${what} '${missing.join(", ")}' ${verb} not exist`);
  }
  return found.flatMap(({ instance }) => instance ?? []);
}
