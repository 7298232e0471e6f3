import { describe, expect, test } from "@jest/globals";
import { defaultTimings } from "../../../src/core/settings.ts";
import { readBaseSettings } from "../../../src/entrypoints/lambda/settings/base-settings.ts";
import { readCoreSettings } from "../../../src/entrypoints/lambda/settings/core-settings.ts";
import { readEnvironment } from "../../../src/entrypoints/lambda/settings/environment.ts";

const least = {
  AWS_REGION: "eu-central-1",
  MAYFLY_STACK: "mayfly-prod",
  MAYFLY_LABEL_PREFIX: "mayfly",
  MAYFLY_QUEUE_URL: "https://sqs.eu-central-1.amazonaws.com/123456789012/mayfly-prod-work",
  MAYFLY_SECRET: "secretsmanager:mayfly/prod",
  MAYFLY_POLICY_PARAMETER: "/mayfly/prod/policy",
  MAYFLY_TABLE: "mayfly-prod",
  MAYFLY_HOST_URL: "https://api.execute-api.eu-central-1.amazonaws.com/",
} as const;

const region = { launchTemplate: { id: "lt-1", version: "3" }, logGroup: "/mayfly/runners", subnets: [] };
const full = {
  ...least,
  MAYFLY_LOG_LEVEL: "warn",
  MAYFLY_GITHUB_URL: "https://github.example.com/api/v3",
  MAYFLY_LAMBDA: JSON.stringify({ functions: [{ functionName: "r", memoryMb: 3008, arch: "x64" }] }),
  MAYFLY_EC2: JSON.stringify({ account: "123456789012", regions: { "eu-central-1": region } }),
  MAYFLY_ORGANIZATION_RUNNER_GROUP: "7",
  MAYFLY_RERUN_LOST_JOBS: "true",
  MAYFLY_TIMINGS: JSON.stringify({ idleSeconds: 30, backoffSeconds: [1, 2] }),
};

describe("the environment of a function", () => {
  test("the least that is needed: nobody is served unless the policy says so, and no machines", () => {
    const { core, ...rest } = readEnvironment(least, readCoreSettings);
    expect(rest).toMatchObject({ logLevel: "info", githubUrl: "https://api.github.com", stack: "mayfly-prod" });
    expect([rest.lambda, rest.ec2]).toEqual([undefined, undefined]);
    expect(rest.secret).toEqual({ service: "secretsmanager", id: "mayfly/prod" });
    expect(core).toMatchObject({
      installations: [],
      hostUrl: "https://api.execute-api.eu-central-1.amazonaws.com",
      region: "eu-central-1",
      timings: defaultTimings,
      rerunLostJobs: false,
    });
    expect(core.organizationRunnerGroup).toBeUndefined();
  });

  test("everything that can be said", () => {
    const settings = readEnvironment(full, readCoreSettings);
    expect(settings).toMatchObject({
      logLevel: "warn",
      githubUrl: "https://github.example.com/api/v3",
      lambda: { functions: [{ functionName: "r", memoryMb: 3008, arch: "x64" }] },
      ec2: { account: "123456789012", regions: { "eu-central-1": region } },
    });
    expect(settings.core).toMatchObject({ organizationRunnerGroup: 7, rerunLostJobs: true });
    expect(settings.core.timings).toEqual({ ...defaultTimings, idleSeconds: 30, backoffSeconds: [1, 2] });
  });

  test("an empty variable is one that is not set", () => {
    const empty = { MAYFLY_LAMBDA: "", MAYFLY_EC2: " ", MAYFLY_ORGANIZATION_RUNNER_GROUP: "", MAYFLY_TIMINGS: "" };
    const { lambda, ec2, core } = readEnvironment({ ...full, ...empty }, readCoreSettings);
    expect([lambda, ec2, core.organizationRunnerGroup]).toEqual([undefined, undefined, undefined]);
  });

  test.each([
    ["MAYFLY_LABEL_PREFIX", "Mayfly", "lower-case letters"],
    ["MAYFLY_LABEL_PREFIX", "a".repeat(25), "at most 24"],
    ["MAYFLY_LOG_LEVEL", "loud", "debug, info, warn, error"],
    ["MAYFLY_HOST_URL", "mayfly", "http"],
    ["MAYFLY_GITHUB_URL", "ftp://github.com", "http"],
    ["MAYFLY_LAMBDA", "{", "is no JSON"],
    ["MAYFLY_LAMBDA", '{"functions":[]}', "functions"],
    ["MAYFLY_LAMBDA", '{"functions":[{"functionName":"r","memoryMb":3008,"arch":"x86_64"}]}', "functions.0.arch"],
    ["MAYFLY_EC2", '{"account":"1","regions":{}}', "account: is no account of twelve digits"],
    ["MAYFLY_EC2", '{"account":"123456789012","regions":{},"imageid":"ami-1"}', "imageid"],
    ["MAYFLY_ORGANIZATION_RUNNER_GROUP", "0", "whole number above 0"],
    ["MAYFLY_TIMINGS", '{"idleMinutes":1}', "idleMinutes"],
    ["MAYFLY_TIMINGS", '{"idleSeconds":-1}', "idleSeconds"],
  ])("%s=%s is named with what is wrong", (name, value, words) => {
    const read = (): unknown => readEnvironment({ ...full, [name]: value }, readCoreSettings);
    expect(read).toThrow(name);
    expect(read).toThrow(words);
  });

  test("all problems at once, and no value among them", () => {
    let told = "";
    try {
      readEnvironment({ MAYFLY_SECRET: "two words", MAYFLY_LOG_LEVEL: "sup3r s3cret" }, readBaseSettings);
    } catch (error) {
      told = String(error);
    }
    for (const name of [
      "AWS_REGION",
      "MAYFLY_STACK",
      "MAYFLY_LABEL_PREFIX",
      "MAYFLY_QUEUE_URL",
      "MAYFLY_POLICY_PARAMETER",
    ]) {
      expect(told).toContain(`${name} is not set`);
    }
    expect(told).toContain("MAYFLY_SECRET");
    expect(told).not.toContain("sup3r s3cret");
  });
});
