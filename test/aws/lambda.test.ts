import { CloudFormationClient, CreateStackCommand } from "@aws-sdk/client-cloudformation";
import {
  CreateFunctionCommand,
  GetFunctionConfigurationCommand,
  InvokeCommand,
  LambdaClient,
} from "@aws-sdk/client-lambda";
import type { CreateFunctionCommandInput } from "@aws-sdk/client-lambda";
import { afterAll, beforeAll, expect, test } from "@jest/globals";
import { lambdaProvider } from "../../src/adapters/compute/lambda.ts";
import { oncePerRegion } from "../../src/adapters/compute/once-per-region.ts";
import type { LambdaFunction } from "../../src/adapters/compute/lambda/choose-function.ts";
import type { MachineSpec } from "../../src/core/model/machine.ts";
import { launchRequest } from "../contract/compute-provider.ts";
import { machineSpec } from "../helpers/machine-spec.ts";
import { account, given, home, newName, reach } from "./moto.ts";
import { notKept } from "./not-kept.ts";

const far = "us-west-2";
/** What the functions answered, by the region that was asked. */
const answered: { readonly region: string; readonly status: number; readonly payload: string }[] = [];

const clients = oncePerRegion((region) => {
  const client = new LambdaClient(reach(region));
  client.middlewareStack.add(
    (next, { commandName }) =>
      async (call) => {
        const result = await next(call);
        if (commandName === "InvokeCommand") {
          const { statusCode } = result.response as { readonly statusCode: number };
          const { Payload } = result.output as { readonly Payload?: Uint8Array };
          answered.push({ region, status: statusCode, payload: Buffer.from(Payload ?? []).toString("utf8") });
        }
        return result;
      },
    { step: "deserialize", priority: "high" },
  );
  return client;
});
afterAll(() => {
  for (const region of [home, far]) clients(region).destroy();
});

const role = newName("runner");
const names = { small: newName("small"), far: newName("far") };
const functions: readonly LambdaFunction[] = [
  { functionName: names.small, memoryMb: 2048, arch: "x64" },
  { functionName: `arn:aws:lambda:${far}:${account}:function:${names.far}`, memoryMb: 4096, arch: "x64" },
  { functionName: newName("gone"), memoryMb: 8192, arch: "x64" },
];
const provider = lambdaProvider({ clients, region: home, functions });

function functionInput(FunctionName: string): CreateFunctionCommandInput {
  return {
    FunctionName,
    Runtime: "nodejs24.x",
    Handler: "index.handler",
    Code: { ZipFile: Buffer.from("none") },
    Role: `arn:aws:iam::${account}:role/${role}`,
    TenancyConfig: { TenantIsolationMode: "PER_TENANT" },
  };
}

beforeAll(async () => {
  const trust = { Effect: "Allow", Principal: { Service: "lambda.amazonaws.com" }, Action: "sts:AssumeRole" };
  const properties = { RoleName: role, AssumeRolePolicyDocument: { Version: "2012-10-17", Statement: [trust] } };
  const TemplateBody = JSON.stringify({ Resources: { Role: { Type: "AWS::IAM::Role", Properties: properties } } });
  const cloudFormation = new CloudFormationClient(reach());
  await cloudFormation.send(new CreateStackCommand({ StackName: newName(), TemplateBody }));
  cloudFormation.destroy();
  await clients(home).send(new CreateFunctionCommand(functionInput(names.small)));
  await clients(far).send(new CreateFunctionCommand(functionInput(names.far)));
});

/** Launches as the core does, and gives what came back. */
async function launch(changes: Partial<MachineSpec> = {}) {
  const spec = machineSpec(changes);
  const request = launchRequest({ spec, region: given(provider.regionOf?.(spec), "region") });
  answered.length = 0;
  const launched = await provider.launch(request);
  return { request, launched, answered: [...answered] };
}

test("an invocation is one that nobody waits for, with what the supervisor reads", async () => {
  const { request, launched, answered: answers } = await launch();
  expect(launched).toEqual({ machineId: undefined });
  expect(answers).toEqual([{ region: home, status: 202, payload: expect.any(String) }]);
  const { runnerName, claimToken, hostUrl, claimByMs, endByMs, repositoryId } = request;
  expect(JSON.parse(answers[0]?.payload ?? "")).toEqual({
    runner: runnerName,
    token: claimToken,
    hostUrl,
    claimByMs,
    endByMs,
    repositoryId,
  });
});

test("a function that is named by its ARN is invoked in its own region", async () => {
  const { answered: answers } = await launch({ memoryMb: 3008 });
  expect(answers.map(({ region, status }) => [region, status])).toEqual([[far, 202]]);
});

test("a function that is not there is the operator's to mend", async () => {
  await expect(launch({ memoryMb: 5000 })).rejects.toMatchObject({
    facts: { service: "lambda", operation: "Invoke", kind: "not-found", code: "ResourceNotFoundException" },
  });
});

notKept("TenancyConfig of a function", undefined, async () => {
  const command = new GetFunctionConfigurationCommand({ FunctionName: names.small });
  return (await clients(home).send(command)).TenancyConfig;
});

notKept("TenantId, without which a function with tenants cannot be invoked", 202, async () => {
  const command = new InvokeCommand({ FunctionName: names.small, InvocationType: "Event", Payload: "{}" });
  return (await clients(home).send(command)).StatusCode;
});
