import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterEach, describe, expect, test } from "@jest/globals";
import { parse } from "yaml";
import { packageTemplate, someImage } from "../../../scripts/check-template/package-template.ts";
import type { Packaging } from "../../../scripts/check-template/package-template.ts";
import { deploymentValue } from "../../../scripts/deployment/deployment-value.ts";
import { textOf } from "../repository.ts";

// its tags are CloudFormation's
const serverless = parse(textOf("serverless.yml"), { logLevel: "silent" }) as {
  readonly params: { readonly default: Readonly<Record<string, unknown>> };
};

/** The parameters of serverless.yml as the framework would resolve them. */
const defaults = { ...serverless.params.default, labelPrefix: "mayfly-dev" };

const folders: string[] = [];
afterEach(async () => {
  for (const folder of folders.splice(0)) await rm(folder, { recursive: true, force: true });
});

type Given = {
  readonly parameters?: Readonly<Record<string, unknown>>;
  readonly files?: Readonly<Record<string, string>>;
  readonly region?: string;
  readonly deploys?: boolean;
  readonly packagesOnly?: boolean;
};

/** What serverless.yml gets by a name, beside these files and with these parameters. */
async function value(name: string, given: Given = {}): Promise<unknown> {
  const folder = await mkdtemp(join(tmpdir(), "mayfly-values-"));
  folders.push(folder);
  for (const [path, text] of Object.entries(given.files ?? {})) {
    await mkdir(dirname(join(folder, path)), { recursive: true });
    await writeFile(join(folder, path), text);
  }
  const variables: Readonly<Record<string, unknown>> = {
    "self:provider.region": given.region ?? "eu-central-1",
    "self:provider.stage": "dev",
    "self:service": "mayfly",
  };
  const parameters: Readonly<Record<string, unknown>> = { ...defaults, ...given.parameters };
  const resolve = async (variable: string): Promise<unknown> =>
    variable.startsWith("param:") ? parameters[variable.slice("param:".length)] : variables[variable];
  const { deploys = true, packagesOnly = false } = given;
  return await deploymentValue(name, { folder, resolve, deploys, packagesOnly, told: new Set() });
}

const pushed = { uri: someImage, tag: "0123456789ab", arch: "x86_64", builtAt: "2026-11-20T08:00:00Z" };
const pushedFile = (image: Readonly<Record<string, string>> = pushed): Readonly<Record<string, string>> => ({
  "runner-image/pushed.json": JSON.stringify(image),
});

describe("the image of the Lambda runner", () => {
  test("is the one that was pushed last; a parameter counts more", async () => {
    const { uri, builtAt } = pushed;
    expect(await value("image", { files: pushedFile() })).toEqual({ uri, builtAt });
    const runnerImage = someImage.replaceAll("a".repeat(64), "b".repeat(64));
    expect(await value("image", { files: pushedFile(), parameters: { runnerImage } })).toEqual({
      uri: runnerImage,
      builtAt: "",
    });
  });

  test("is refused in another region, of another architecture, without a digest", async () => {
    await expect(value("image", { files: pushedFile(), region: "eu-west-1" })).rejects.toThrow(
      "Lambda in eu-west-1 takes images of eu-west-1 only",
    );
    await expect(value("image", { files: pushedFile({ ...pushed, arch: "arm64" }) })).rejects.toThrow(
      "is for arm64, but runnerArch is x86_64",
    );
    await expect(value("image", { parameters: { runnerImage: "mayfly-runner:latest" } })).rejects.toThrow(
      "runnerImage is no image with a digest",
    );
  });

  test("is not needed to read logs, or to remove the stack, and must be there to deploy", async () => {
    await expect(value("image", {})).rejects.toThrow(
      /There is no image.*"npm run image:build".*--param="runnerImage=/s,
    );
    expect(await value("image", { deploys: false })).toEqual({
      uri: expect.stringMatching(/@sha256:0{64}$/),
      builtAt: "",
    });
    expect(await value("policyText", { deploys: false })).toBe("");
  });
});

describe("the policy", () => {
  test("is refused with its lines when Mayfly would not take it", async () => {
    const files = { "policy.yml": "installations: []\nexecutions: [moon]\nimagse: {}\n" };
    await expect(value("policyText", { files })).rejects.toThrow(/policy\.yml:2:\d+: .*\n.*policy\.yml:3:1: /);
  });

  test("is refused when it gives jobs a role that no function may assume", async () => {
    const [deploy, read] = ["arn:aws:iam::123456789012:role/deploy", "arn:aws:iam::210987654321:role/read"];
    const role = (arn: string): string => `{arn: "${arn}", repositories: [acme/shop], branches: [main]}`;
    const files = { "policy.yml": `installations: []\nroles:\n  deploy: ${role(deploy)}\n  read: ${role(read)}\n` };
    const given = (jobRoles: string): Promise<unknown> => value("policyText", { files, parameters: { jobRoles } });
    await expect(given(deploy)).rejects.toThrow(
      `policy.yml gives jobs roles that Mayfly may not assume: read (${read}). Name them in serverless.yml, jobRoles, ` +
        `or by --param="jobRoles=${deploy},${read}".`,
    );
    await expect(given("")).rejects.toThrow(/: deploy \(.*\), read \(/);
    expect(await given(`${read},${deploy}`)).toBe(files["policy.yml"]);
  });

  test("is refused when it is longer than a parameter, or holds what others would take for theirs", async () => {
    const long = { "policy.yml": `installations: []\n${"# a comment of thirty letters\n".repeat(280)}` };
    await expect(value("policyText", { files: long })).rejects.toThrow(
      /has 8\d{3} bytes, but an SSM parameter takes 8192/,
    );
    for (const text of ["${AWS::Region}", "{{ssm:x}}"]) {
      const files = { "policy.yml": `installations: []\n# ${text}\n` };
      await expect(value("policyText", { files })).rejects.toThrow("must hold neither");
    }
  });
});

describe("parameters", () => {
  test("are good as they are in serverless.yml", async () => {
    expect(await value("runnerArch")).toBe("x64");
  });

  test.each([
    ["labelPrefix", "Mayfly"],
    ["labelPrefix", "a/b"],
    ["logLevel", "verbose"],
    ["githubUrl", "http://github.example"],
    ["organizationRunnerGroup", "Default"],
    ["kms", "maybe"],
    ["kms", true],
    ["workerConcurrency", 1],
    ["retentionDays", "many"],
    ["throttlingRate", "2.5"],
    ["runnerMemoryMb", 20_000],
    ["runnerArch", "x64"],
    ["runnerReservedConcurrency", "-1"],
    ["runnerSubnets", "subnet-1;subnet-2"],
    ["otherRunnerFunctions", "mayfly-browser"],
    ["otherRunnerFunctions", '[{"functionName":"mayfly-browser","memoryMb":3008,"arch":"arm64"}]'],
    ["vpcCidr", "10.0.0.0/24"],
    ["vpcId", "mine"],
    ["subnets", "subnet-0123456789abcdef0"],
    ["ec2Image", "ubuntu"],
    ["otherRegions", '{"Ireland":{}}'],
    ["otherRegions", '{"eu-west-1":{"launchTemplate":"lt-0123456789abcdef0"}}'],
    ["jobRoles", "arn:aws:iam::123456789012:user/me"],
    ["jobRoles", "*"],
    ["alarmEmail", "me"],
  ])("%s is not %j", async (name, wrong) => {
    await expect(value("runnerArch", { parameters: { [name]: wrong } })).rejects.toThrow(
      new RegExp(`^parameters: ${name}(?:\\.[\\w.-]+)* `),
    );
  });

  test.each([
    [{ vpcId: "vpc-0123456789abcdef0" }, "vpcId, subnets belong together: subnets is missing"],
    [{ subnets: "subnet-0123456789abcdef0@eu-central-1a" }, "vpcId is missing"],
    [{ runnerSubnets: "subnet-0123456789abcdef0" }, "runnerSecurityGroups is missing"],
    [{ slackChannelId: "C0123ABCD" }, "slackWorkspaceId is missing"],
    [{ teamsChannelId: "x", teamsTenantId: "y" }, "teamsTeamId is missing"],
  ])("%j alone is not enough", async (parameters, missing) => {
    await expect(value("runnerArch", { parameters })).rejects.toThrow(missing);
  });

  test("are told of all at once, and once", async () => {
    const told = new Set<string>();
    const resolve = async (): Promise<unknown> => "?";
    const asked = { folder: ".", resolve, deploys: true, packagesOnly: false, told };
    await expect(deploymentValue("runnerArch", asked)).rejects.toThrow(/logLevel .*; .*ec2 is neither yes nor no; /);
    await expect(deploymentValue("subnets", asked)).rejects.toThrow(/^see above$/);
  });
});

describe("serverless package", () => {
  const refusalOf = async (packaging: Packaging): Promise<string> =>
    await packageTemplate(packaging).then(
      () => "it was packaged",
      (error: unknown) => (error instanceof Error ? error.message : String(error)),
    );

  test("says what is wrong, and prints no stack", async () => {
    const refusal = await refusalOf({ parameters: { runnerMemoryMb: "much" } });
    expect(refusal).toContain("parameters: runnerMemoryMb");
    expect(refusal).not.toContain("deployment-value.ts");
  });

  test("needs no image, and names none that could be deployed by mistake", async () => {
    const { Resources: resources } = await packageTemplate({ parameters: {} });
    expect(resources["RunnerLambdaFunction"]?.Properties?.["Code"]).toEqual({
      ImageUri: expect.stringMatching(/^0{12}\.dkr\.ecr\..*\/there-is-no-image-yet.*@sha256:0{64}$/),
    });
  });

  test("takes the image that was pushed", async () => {
    const { Resources: resources } = await packageTemplate({ parameters: {}, files: pushedFile() });
    expect(JSON.stringify(resources["RunnerLambdaFunction"]?.Properties)).toContain(pushed.uri);
    expect(JSON.stringify(resources["ScheduleLambdaFunction"]?.Properties)).toContain(pushed.builtAt);
  });
});
