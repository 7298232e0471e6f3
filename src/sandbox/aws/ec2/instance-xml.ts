import type { Ec2Instance } from "./ec2-instance.ts";
import type { Tags } from "./launch-settings.ts";
import type { InstanceStateName } from "./options.ts";
import type { XmlValue } from "../xml.ts";

const stateCodes: Readonly<Record<InstanceStateName, number>> = {
  pending: 0,
  running: 16,
  "shutting-down": 32,
  terminated: 48,
  stopping: 64,
  stopped: 80,
};

export function stateXml(name: InstanceStateName): XmlValue {
  return { code: stateCodes[name], name };
}

/** A reservation with these of its instances, as RunInstances and DescribeInstances show it. */
export function reservationXml(instances: readonly Ec2Instance[], account: string): Record<string, XmlValue> {
  return {
    reservationId: instances[0]?.facts.reservationId,
    ownerId: account,
    groupSet: [],
    instancesSet: instances.map((instance) => instanceXml(instance, account)),
  };
}

function instanceXml(instance: Ec2Instance, account: string): XmlValue {
  const { facts } = instance;
  const { plan } = facts;
  const state = instance.state();
  return {
    instanceId: facts.id,
    imageId: plan.imageId,
    instanceState: stateXml(state),
    privateDnsName: "",
    dnsName: "",
    reason: instance.transitionReason(),
    amiLaunchIndex: facts.launchIndex,
    productCodes: [],
    instanceType: plan.instanceType,
    launchTime: new Date(facts.launchedAtMs).toISOString().replace(/\.\d+Z$/, ".000Z"),
    placement: { availabilityZone: plan.zone, groupName: "", tenancy: "default" },
    monitoring: { state: "disabled" },
    // a terminated instance has lost its network and its disks
    ...(state === "terminated"
      ? { groupSet: [], blockDeviceMapping: [], networkInterfaceSet: [] }
      : partsXml(instance, account)),
    stateReason: instance.stateReason(),
    architecture: plan.architecture,
    rootDeviceType: "ebs",
    rootDeviceName: plan.rootDevice,
    virtualizationType: "hvm",
    instanceLifecycle: plan.market === "spot" ? "spot" : undefined,
    spotInstanceRequestId: facts.spotRequestId,
    clientToken: facts.clientToken ?? "",
    tagSet: tagsXml(plan.tags["instance"]),
    hypervisor: "xen",
    iamInstanceProfile:
      plan.instanceProfile === undefined
        ? undefined
        : {
            arn: `arn:aws:iam::${account}:instance-profile/${plan.instanceProfile}`,
            id: "AIPAEXAMPLEEXAMPLE000",
          },
    ebsOptimized: false,
    enaSupport: true,
    metadataOptions: {
      state: state === "pending" ? "pending" : "applied",
      httpTokens: plan.metadata.httpTokens,
      httpPutResponseHopLimit: plan.metadata.hopLimit,
      httpEndpoint: plan.metadata.endpoint,
      httpProtocolIpv6: "disabled",
      instanceMetadataTags: plan.metadata.instanceTags,
    },
  };
}

function partsXml({ facts }: Ec2Instance, account: string): Record<string, XmlValue> {
  const { plan, launchedAtMs, privateIp } = facts;
  const attachTime = new Date(launchedAtMs).toISOString();
  const groupSet = plan.securityGroupIds.map((groupId) => ({ groupId, groupName: groupId }));
  return {
    subnetId: plan.subnetId,
    vpcId,
    privateIpAddress: privateIp,
    groupSet,
    blockDeviceMapping: plan.blockDevices.map(({ deviceName, deleteOnTermination }, index) => ({
      deviceName,
      ebs: {
        volumeId: facts.volumeIds[index],
        status: "attached",
        attachTime,
        deleteOnTermination: deleteOnTermination ?? false,
      },
    })),
    networkInterfaceSet: [
      {
        networkInterfaceId: facts.networkInterfaceId,
        subnetId: plan.subnetId,
        vpcId,
        ownerId: account,
        status: "in-use",
        privateIpAddress: privateIp,
        groupSet,
        attachment: { deviceIndex: 0, status: "attached", attachTime, deleteOnTermination: true },
      },
    ],
  };
}

const vpcId = "vpc-0a0a0a0a0a0a0a0a0";

function tagsXml(tags: Tags = {}): XmlValue {
  return Object.entries(tags).map(([key, value]) => ({ key, value }));
}
