import { readFile } from "node:fs/promises";
import { join } from "node:path";
import type { OtherFunction } from "./other-functions.ts";
import type { OtherRegions } from "./other-regions.ts";
import { readParameters } from "./parameters.ts";
import type { Parameters } from "./parameters.ts";
import { policyText } from "./policy-text.ts";
import { runnerImage } from "./runner-image.ts";
import { stockRunner } from "./stock-runner.ts";

/** Resolves a variable of serverless.yml: `param:ec2`. */
type Resolve = (variable: string) => Promise<unknown>;

type Service = {
  /** The one of serverless.yml. */
  readonly folder: string;
  readonly resolve: Resolve;
  /** Nothing of it is deployed. */
  readonly packagesOnly: boolean;
};

type Value = (parameters: Parameters, service: Service) => unknown;

const values: Readonly<Record<string, Value>> = {
  image: async (parameters, { folder, resolve, packagesOnly }) =>
    await runnerImage(parameters, { region: String(await resolve("self:provider.region")), folder, packagesOnly }),
  runnerArch: ({ runnerArch }) => archName(runnerArch),
  otherFunctions: ({ otherRunnerFunctions }) => functionsBeside(otherRunnerFunctions),
  otherRegions: async ({ otherRegions }, { resolve }) =>
    regionsBeside(
      otherRegions,
      `/${String(await resolve("self:service"))}/${String(await resolve("self:provider.stage"))}/machines`,
    ),
  subnets: ({ subnets }) => JSON.stringify(subnets),
  stockRunner: async (_, { folder }) => await stockRunner(folder),
  policyText: async ({ jobRoles }, { folder }) => await policyText(folder, jobRoles === "" ? [] : jobRoles.split(",")),
  // Without the line breaks that only people need.
  dashboard: async (_, { folder }) =>
    JSON.stringify(JSON.parse(await readFile(join(folder, "resources/dashboard.json"), "utf8"))),
};

type Asked = Service & {
  /** False: another command only reads serverless.yml. */
  readonly deploys: boolean;
  /** What was wrong with other values. */
  readonly told: Set<string>;
};

/** Stands for what only a deployment needs. */
const unused: Readonly<Record<string, unknown>> = {
  image: { uri: `000000000000.dkr.ecr.us-east-1.amazonaws.com/none@sha256:${"0".repeat(64)}`, builtAt: "" },
  policyText: "",
};

/**
 * What serverless.yml takes from scripts/deployment.cjs by `name`. Whichever is asked for, all parameters are checked
 * first. An error's message is all that the operator sees of it, once in full.
 */
export async function deploymentValue(name: string, { deploys, told, ...service }: Asked): Promise<unknown> {
  try {
    const value = values[name];
    if (value === undefined) throw new Error(`scripts/deployment.cjs has no ${name}`);
    const parameters = await readParameters(async (parameter) => await service.resolve(`param:${parameter}`));
    return (deploys ? undefined : unused[name]) ?? (await value(parameters, service));
  } catch (error) {
    if (!(error instanceof Error)) throw error;
    if (told.has(error.message)) error.message = "see above";
    told.add(error.message);
    // the framework would print the stack
    error.stack = error.message;
    throw error;
  }
}

/** As Mayfly calls what Lambda calls x86_64. */
function archName(arch: Parameters["runnerArch"]): "x64" | "arm64" {
  return arch === "arm64" ? "arm64" : "x64";
}

function functionsBeside(functions: readonly OtherFunction[]): { readonly json: string; readonly arns: string } {
  const described = functions.map((one) => ({
    ...one,
    arch: archName(one.arch),
    region: one.functionName.split(":")[3],
  }));
  return {
    json: described.map((one) => `,${JSON.stringify(one)}`).join(""),
    arns: functions.map(({ functionName }) => functionName).join(","),
  };
}

/** ARNs with the placeholders of `Fn::Sub`. */
function regionsBeside(regions: OtherRegions, logGroup: string): Readonly<Record<string, string>> {
  const all = Object.entries(regions);
  const arn = (region: string, resource: string): string =>
    `arn:\${AWS::Partition}:ec2:${region}:\${AWS::AccountId}:${resource}`;
  const members = all.map(([region, { launchTemplate, launchTemplateVersion, subnets, imageId, arm64ImageId }]) => {
    const version = String(launchTemplateVersion);
    const parts = { launchTemplate: { id: launchTemplate, version }, logGroup, imageId, arm64ImageId, subnets };
    return `,${JSON.stringify(region)}:${JSON.stringify(parts)}`;
  });
  return {
    json: members.join(""),
    arns: all
      .flatMap(([region, { launchTemplate, securityGroups }]) => [
        arn(region, `launch-template/${launchTemplate}`),
        ...securityGroups.map((group) => arn(region, `security-group/${group}`)),
      ])
      .join(","),
    subnetArns: all.map(([region]) => arn(region, "subnet/*")).join(","),
    vpcArns: all.map(([region, { vpcId }]) => arn(region, `vpc/${vpcId}`)).join(","),
  };
}
