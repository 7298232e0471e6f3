import { utcSeconds } from "./utc-seconds.ts";

export type IdentityFacts = {
  readonly account: string;
  readonly instanceType: string;
  readonly zone: string;
  readonly imageId: string;
  readonly instanceId: string;
  readonly privateIp: string;
  readonly region: string;
};

/** Families on Graviton: a1, and those with a g after the generation (c7gn, m6gd, t4g). */
const graviton = /^(?:a1|[a-z]+\d+g[a-z]*)\./;

/**
 * The text of an instance identity document, version 2017-09-30: AWS's fields, in its order and its way of printing.
 * The signature is over exactly this text.
 */
export function identityDocument(facts: IdentityFacts, launchedAtMs: number): string {
  const fields = {
    accountId: facts.account,
    architecture: graviton.test(facts.instanceType) ? "arm64" : "x86_64",
    availabilityZone: facts.zone,
    billingProducts: null,
    devpayProductCodes: null,
    marketplaceProductCodes: null,
    imageId: facts.imageId,
    instanceId: facts.instanceId,
    instanceType: facts.instanceType,
    kernelId: null,
    pendingTime: utcSeconds(launchedAtMs),
    privateIp: facts.privateIp,
    ramdiskId: null,
    region: facts.region,
    version: "2017-09-30",
  };
  const lines = Object.entries(fields).map(([name, value]) => `  "${name}" : ${JSON.stringify(value)}`);
  return `{\n${lines.join(",\n")}\n}`;
}
