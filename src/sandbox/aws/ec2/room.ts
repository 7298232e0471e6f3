import type { AwsError } from "../aws-error.ts";
import { ec2Error } from "./ec2-error.ts";
import type { Ec2Instance } from "./ec2-instance.ts";
import type { LaunchPlan } from "./launch-plan.ts";
import type { CapacityLimit, Ec2Options, InstanceStateName } from "./options.ts";

/**
 * How many instances like this may be launched now, `most` at most: quotas, addresses of the subnet, capacity. Throws
 * the `AwsError` of what is short when it is fewer than `least`.
 */
export function roomFor(
  plan: LaunchPlan,
  { least, most }: { readonly least: number; readonly most: number },
  instances: readonly Ec2Instance[],
  options: Ec2Options,
): number {
  const subnet = options.subnets[plan.subnetId];
  if (subnet?.unsupportedTypes?.includes(plan.instanceType) === true) {
    const { instanceType: type, zone } = plan;
    const message = `Your requested instance type (${type}) is not supported in your requested Availability Zone (${zone}).`;
    throw ec2Error("Unsupported", message);
  }
  const taken = countIn(instances, "pending", "running", "stopping", "stopped", "shutting-down");
  const addresses = (subnet?.addresses ?? 4091) - taken((one) => one.subnetId === plan.subnetId);
  const rooms = [
    { room: quotaRoom(plan, instances, options), error: quotaError },
    { room: addresses, error: addressError },
    { room: capacityRoom(plan, instances, options.capacity ?? []), error: capacityError },
  ];
  for (const { room, error } of rooms) if (room < least) throw error(plan, options);
  return Math.min(most, ...rooms.map(({ room }) => room));
}

function countIn(instances: readonly Ec2Instance[], ...states: readonly InstanceStateName[]) {
  const there = instances.filter((instance) => states.includes(instance.state()));
  return (matches: (plan: LaunchPlan) => boolean): number =>
    there.filter((instance) => matches(instance.facts.plan)).length;
}

function quotaOf(plan: LaunchPlan, { quotas }: Ec2Options): number {
  return quotas?.[plan.market === "spot" ? "L-34B43A08" : "L-1216C47A"] ?? Number.POSITIVE_INFINITY;
}

function quotaRoom(plan: LaunchPlan, instances: readonly Ec2Instance[], options: Ec2Options): number {
  const used = instances
    .filter((instance) => ["pending", "running"].includes(instance.state()))
    .map((instance) => instance.facts.plan)
    .filter(({ market }) => market === plan.market)
    .reduce((sum, { vcpus }) => sum + vcpus, 0);
  return Math.floor((quotaOf(plan, options) - used) / plan.vcpus);
}

function capacityRoom(plan: LaunchPlan, instances: readonly Ec2Instance[], limits: readonly CapacityLimit[]): number {
  const taken = countIn(instances, "pending", "running", "stopping", "shutting-down");
  const meets = (limit: CapacityLimit, one: LaunchPlan): boolean =>
    (limit.instanceType ?? one.instanceType) === one.instanceType &&
    (limit.subnet ?? one.subnetId) === one.subnetId &&
    (limit.market ?? one.market) === one.market;
  const rooms = limits
    .filter((limit) => meets(limit, plan))
    .map((limit) => limit.most - taken((one) => meets(limit, one)));
  return Math.min(Number.POSITIVE_INFINITY, ...rooms);
}

function quotaError(plan: LaunchPlan, options: Ec2Options): AwsError {
  if (plan.market === "spot") return ec2Error("MaxSpotInstanceCountExceeded", "Max spot instance count exceeded");
  const message =
    `You have requested more vCPU capacity than your current vCPU limit of ${quotaOf(plan, options)} allows for the ` +
    "instance bucket that the specified instance type belongs to. Please visit " +
    "http://aws.amazon.com/contact-us/ec2-request to request an adjustment to this limit.";
  return ec2Error("VcpuLimitExceeded", message);
}

function addressError({ subnetId }: LaunchPlan): AwsError {
  const message = `There are not enough free addresses in subnet '${subnetId}' to satisfy the requested number of instances.`;
  return ec2Error("InsufficientFreeAddressesInSubnet", message);
}

function capacityError({ market, instanceType, zone }: LaunchPlan): AwsError {
  const message =
    market === "spot"
      ? "There is no Spot capacity available that matches your request."
      : `We currently do not have sufficient ${instanceType} capacity in the Availability Zone you requested ` +
        `(${zone}). Our system will be working on provisioning additional capacity.`;
  return ec2Error("InsufficientInstanceCapacity", message);
}
