import { beforeAll, describe, expect, test } from "@jest/globals";
import { parse } from "yaml";
import { tableDefinition, ttlAttribute } from "../../../src/adapters/store/dynamodb/table-definition.ts";
import { readBaseSettings } from "../../../src/entrypoints/lambda/settings/base-settings.ts";
import { readCoreSettings } from "../../../src/entrypoints/lambda/settings/core-settings.ts";
import type { CoreSettings } from "../../../src/entrypoints/lambda/settings/core-settings.ts";
import { readEnvironment } from "../../../src/entrypoints/lambda/settings/environment.ts";
import { sourceFiles } from "../source-files.ts";
import { textOf } from "../repository.ts";
import { variantNames } from "../../../scripts/check-template/variants.ts";
import type { Packaged } from "../../../scripts/check-template/packaged.ts";
import type { Variant } from "../../../scripts/check-template/variants.ts";

/** What is deployed, and what the functions read of it from their environment. */
export function deployedParts(packaged: () => Record<Variant, Packaged>): void {
  let all: Record<Variant, Packaged>;
  beforeAll(() => {
    all = packaged();
  });

  const region = "eu-central-1";

  /** A function's environment after a deployment. */
  function environmentOf(name: Variant, id: string): Record<string, string> {
    const { Environment: environment } = all[name].properties(`${id}LambdaFunction`);
    return (environment as { readonly Variables: Record<string, string> } | undefined)?.Variables ?? {};
  }

  function coreSettings(name: Variant, id = "Worker"): CoreSettings {
    return readEnvironment({ ...environmentOf(name, id), AWS_REGION: region }, readCoreSettings);
  }

  const pins = JSON.parse(textOf("runner-image/runner.json")) as Record<
    "x64" | "arm64",
    { url: string; sha256: string }
  >;

  describe("what functions read from their environment", () => {
    test.each(variantNames)("%s: is what they take, JSON and all", (name) => {
      const webhook = readEnvironment({ ...environmentOf(name, "Webhook"), AWS_REGION: region }, readBaseSettings);
      expect(webhook).toMatchObject({
        stack: all[name].place.stack,
        labelPrefix: name === "everything" ? "mayfly" : "mayfly-dev",
        policyParameter: name === "everything" ? "/mayfly/prod/policy" : "/mayfly/dev/policy",
        secret: { service: "secretsmanager", id: expect.stringContaining("AppSecret") },
        queueUrl: expect.stringMatching(/^https:\/\/sqs\..*WorkQueue/),
      });
      for (const id of ["Worker", "Host", "Schedule"]) {
        expect(coreSettings(name, id)).toMatchObject({
          table: expect.stringContaining("-Table-"),
          core: { hostUrl: expect.stringMatching(/^https:\/\/[0-9a-f]+\.execute-api\.eu-central-1\.amazonaws\.com$/) },
        });
      }
    });

    test("no variable is missing that some function reads, and none is there that nobody reads", () => {
      const files = sourceFiles("src/entrypoints/lambda").map(({ text }) => text);
      const read = new Set(
        files.flatMap((text) => [...text.matchAll(/"(MAYFLY_[A-Z0-9_]+)"/g)].map(([, name]) => name)),
      );
      // for experiments only
      read.delete("MAYFLY_TIMINGS");
      const set = ["Webhook", "Worker", "Host", "Schedule"].flatMap((id) =>
        Object.keys(environmentOf("everything", id)),
      );
      expect(new Set(set)).toEqual(read);
      expect(environmentOf("everything", "Worker")["MAYFLY_DEAD_LETTER_QUEUE_URL"]).toMatch(/DeadLetterQueue/);
      expect(environmentOf("everything", "Schedule")["MAYFLY_IMAGE_BUILT_AT"]).toBe("2026-11-01T12:00:00Z");
    });

    test("the webhook knows neither the table nor machines, and runners know nothing", () => {
      expect(Object.keys(environmentOf("standard", "Webhook")).toSorted()).toEqual([
        "MAYFLY_LABEL_PREFIX",
        "MAYFLY_LOG_LEVEL",
        "MAYFLY_POLICY_PARAMETER",
        "MAYFLY_QUEUE_URL",
        "MAYFLY_SECRET",
        "MAYFLY_STACK",
      ]);
      expect(environmentOf("everything", "Runner")).toEqual({});
    });

    test("fits into what Lambda takes", () => {
      for (const id of ["Webhook", "Worker", "Host", "Schedule"]) {
        // 4 KB of names and values together (Lambda quotas)
        expect(Object.entries(environmentOf("everything", id)).flat().join("").length).toBeLessThan(4096);
      }
    });

    test("tells of the functions that are runners", () => {
      expect(coreSettings("standard").lambda).toEqual({
        functions: [{ functionName: "mayfly-dev-runner", memoryMb: 3008, arch: "x64" }],
      });
      expect(coreSettings("everything").lambda?.functions).toEqual([
        { functionName: "mayfly-prod-runner", memoryMb: 2048, arch: "arm64" },
        {
          functionName: "arn:aws:lambda:eu-west-1:123456789012:function:mayfly-browser",
          memoryMb: 3008,
          arch: "arm64",
          image: "browser",
          region: "eu-west-1",
        },
      ]);
    });

    test("tells of launch template, log and subnets of the own VPC, and of images without a runner", () => {
      const one = all.standard;
      const idOf = (id: string): unknown =>
        expect.stringMatching(new RegExp(`^${id === "LaunchTemplate" ? "lt" : "subnet"}-[0-9a-f]{17}$`));
      expect(coreSettings("standard").ec2).toEqual({
        account: one.place.account,
        regions: {
          [region]: {
            launchTemplate: { id: idOf("LaunchTemplate"), version: "1" },
            logGroup: one.properties("MachineLogGroup")["LogGroupName"],
            arm64ImageId: expect.stringMatching(/^ami-/),
            subnets: [
              { id: idOf("SubnetA"), zone: "eu-central-1a" },
              { id: idOf("SubnetB"), zone: "eu-central-1b" },
            ],
          },
        },
        runnerUrl: pins.x64.url,
        runnerSha256: pins.x64.sha256,
        arm64RunnerUrl: pins.arm64.url,
        arm64RunnerSha256: pins.arm64.sha256,
      });
    });

    test("tells of the operator's own subnets and images", () => {
      expect(coreSettings("ownNetwork").ec2?.regions[region]).toMatchObject({
        arm64ImageId: "ami-0123456789abcdef1",
        subnets: [
          { id: "subnet-0123456789abcdef0", zone: "eu-central-1a" },
          { id: "subnet-0123456789abcdef1", zone: "eu-central-1b" },
        ],
      });
      const template = all.ownNetwork.properties("LaunchTemplate")["LaunchTemplateData"];
      expect(template).toMatchObject({ ImageId: "ami-0123456789abcdef0" });
    });

    test("tells of further regions", () => {
      const { regions } = coreSettings("everything").ec2 ?? {};
      expect(Object.keys(regions ?? {})).toEqual([region, "eu-west-1"]);
      expect(regions?.["eu-west-1"]).toEqual({
        launchTemplate: { id: "lt-0123456789abcdef0", version: "3" },
        logGroup: "/mayfly/prod/machines",
        imageId: "ami-0123456789abcdef9",
        subnets: [
          { id: "subnet-0123456789abcdef8", zone: "eu-west-1a" },
          { id: "subnet-0123456789abcdef9", zone: "eu-west-1b" },
        ],
      });
    });

    test("tells of no EC2 where there is none", () => {
      expect(coreSettings("lambdaOnly").ec2).toBeUndefined();
      expect(coreSettings("lambdaOnly").lambda?.functions).toHaveLength(1);
    });

    test("hands the operator's switches on", () => {
      expect(coreSettings("everything")).toMatchObject({
        core: { organizationRunnerGroup: 4, rerunLostJobs: true, installations: [] },
        githubUrl: "https://api.github.com",
      });
      expect(coreSettings("standard").core).toMatchObject({ organizationRunnerGroup: undefined, rerunLostJobs: false });
    });
  });

  describe("the work queue", () => {
    test("hides a message for six times as long as the worker may take, and ends in the dead-letter queue", () => {
      const work = all.standard.properties("WorkQueue");
      const worker = all.standard.properties("WorkerLambdaFunction");
      expect(Number(work["VisibilityTimeout"])).toBeGreaterThanOrEqual(6 * Number(worker["Timeout"]));
      expect(work["RedrivePolicy"]).toEqual({
        deadLetterTargetArn: expect.stringMatching(/^arn:aws:sqs:.*-DeadLetterQueue-/),
        maxReceiveCount: 16,
      });
      const dead = all.standard.properties("DeadLetterQueue");
      expect(Number(dead["MessageRetentionPeriod"])).toBeGreaterThan(Number(work["MessageRetentionPeriod"]));
    });

    test("feeds the worker, message by message, with concurrency that nothing reserves", () => {
      const mappings = all.standard.all("AWS::Lambda::EventSourceMapping").map(({ properties }) => properties);
      expect(mappings).toEqual([
        expect.objectContaining({
          BatchSize: 10,
          FunctionResponseTypes: ["ReportBatchItemFailures"],
          ScalingConfig: { MaximumConcurrency: 10 },
          EventSourceArn: expect.stringMatching(/-WorkQueue-/),
          FunctionName: expect.stringMatching(/:mayfly-dev-worker$/),
        }),
      ]);
      for (const { properties } of all.everything.all("AWS::Lambda::Function")) {
        const isRunner = properties["FunctionName"] === "mayfly-prod-runner";
        expect(properties["ReservedConcurrentExecutions"]).toEqual(isRunner ? "20" : undefined);
      }
      const everything = all.everything.all("AWS::Lambda::EventSourceMapping")[0]?.properties;
      expect(everything?.["ScalingConfig"]).toEqual({ MaximumConcurrency: 4 });
    });

    test("hears of machines from AWS itself, and of what could not be delivered in the dead-letter queue", () => {
      const rules = all.standard
        .all("AWS::Events::Rule")
        .filter(({ properties }) => properties["EventPattern"] !== undefined);
      expect(rules.map(({ properties }) => properties["EventPattern"])).toEqual([
        { source: ["aws.ec2"], "detail-type": ["EC2 Spot Instance Interruption Warning"] },
        {
          source: ["aws.ec2"],
          "detail-type": ["EC2 Instance State-change Notification"],
          detail: { state: ["shutting-down", "terminated", "stopping", "stopped"] },
        },
      ]);
      for (const { properties } of rules) {
        expect(properties["Targets"]).toEqual([
          {
            Id: "work",
            Arn: expect.stringMatching(/-WorkQueue-/),
            DeadLetterConfig: { Arn: expect.stringMatching(/-DeadLetterQueue-/) },
          },
        ]);
      }
      // either queue takes them, from these rules only
      for (const id of ["WorkQueueSources", "DeadLetterQueueSources"]) {
        const { PolicyDocument: document } = all.standard.properties(id) as {
          PolicyDocument: { Statement: unknown[] };
        };
        expect(document.Statement).toContainEqual(
          expect.objectContaining({
            Effect: "Allow",
            Action: "sqs:SendMessage",
            Principal: { Service: "events.amazonaws.com" },
            Condition: {
              ArnEquals: {
                "aws:SourceArn": [expect.stringMatching(/SpotWarning/), expect.stringMatching(/MachineEnding/)],
              },
            },
          }),
        );
      }
      expect(all.lambdaOnly.all("AWS::Events::Rule")).toHaveLength(1);
    });
  });

  describe("runners on Lambda", () => {
    test("are one invocation each, in an environment of their own, told of when they fail, never repeated", () => {
      expect(all.standard.properties("RunnerLambdaFunction")).toMatchObject({
        PackageType: "Image",
        Code: { ImageUri: expect.stringMatching(/@sha256:[0-9a-f]{64}$/) },
        Architectures: ["x86_64"],
        MemorySize: 3008,
        Timeout: 900,
        EphemeralStorage: { Size: 10_240 },
        TenancyConfig: { TenantIsolationMode: "PER_TENANT" },
        TracingConfig: { Mode: "Active" },
      });
      expect(all.standard.properties("RunnerLambdaEvConf")).toMatchObject({
        MaximumRetryAttempts: 0,
        MaximumEventAgeInSeconds: 60,
        DestinationConfig: { OnFailure: { Destination: expect.stringMatching(/-WorkQueue-/) } },
      });
    });

    test("are in the operator's VPC when it says so", () => {
      expect(all.standard.properties("RunnerLambdaFunction")).not.toHaveProperty("VpcConfig");
      expect(all.everything.properties("RunnerLambdaFunction")["VpcConfig"]).toEqual({
        SubnetIds: ["subnet-0123456789abcdef0", "subnet-0123456789abcdef1"],
        SecurityGroupIds: ["sg-0123456789abcdef0"],
      });
    });
  });

  test("the four functions: runtime, time limits, tracing; only their own bundle, which is traced", () => {
    const limits = { Webhook: 10, Worker: 25, Host: 25, Schedule: 50 };
    for (const [id, seconds] of Object.entries(limits)) {
      expect(all.standard.properties(`${id}LambdaFunction`)).toMatchObject({
        Runtime: "nodejs24.x",
        Architectures: ["arm64"],
        Handler: `dist/${id.toLowerCase()}/index.handler`,
        Timeout: seconds,
        TracingConfig: { Mode: "Active" },
      });
    }
  });

  test("the HTTP API: four routes, throttled, with an access log that holds neither bodies nor headers", () => {
    const routes = all.standard.all("AWS::ApiGatewayV2::Route").map(({ properties }) => String(properties["RouteKey"]));
    expect(routes.toSorted()).toEqual([
      "POST /api/github/webhooks",
      "POST /host/claim",
      "POST /host/event",
      "POST /host/job",
    ]);
    const stage = all.everything.properties("HttpApiStage") as {
      readonly DefaultRouteSettings: unknown;
      readonly AccessLogSettings: { readonly Format: string; readonly DestinationArn: string };
    };
    expect(stage.DefaultRouteSettings).toEqual({
      ThrottlingBurstLimit: "10",
      ThrottlingRateLimit: "5",
    });
    const format = JSON.parse(stage.AccessLogSettings.Format) as Record<string, string>;
    expect(Object.keys(format)).toEqual(
      expect.arrayContaining(["requestId", "ip", "route", "status", "latencyMs", "integrationError"]),
    );
    expect(Object.values(format).join()).not.toMatch(/body|header|authorizer/i);
    expect(stage.AccessLogSettings.DestinationArn).toContain("/aws/http-api/mayfly-prod");
  });

  describe("the table", () => {
    test("has the keys and indexes of the adapter", () => {
      const table = all.standard.properties("Table");
      const { AttributeDefinitions: attributes, KeySchema: keys, GlobalSecondaryIndexes: indexes } = tableDefinition;
      expect(table["KeySchema"]).toEqual(keys);
      expect(table["GlobalSecondaryIndexes"]).toEqual(indexes);
      expect(table["AttributeDefinitions"]).toEqual(expect.arrayContaining([...attributes]));
      expect(table["AttributeDefinitions"]).toHaveLength(attributes.length);
      expect(table["TimeToLiveSpecification"]).toEqual({ AttributeName: ttlAttribute, Enabled: true });
    });

    test("is on demand, can be put back to any second, and is protected in production", () => {
      const table = all.standard.properties("Table");
      expect(table).toMatchObject({
        BillingMode: "PAY_PER_REQUEST",
        PointInTimeRecoverySpecification: { PointInTimeRecoveryEnabled: true },
        DeletionProtectionEnabled: false,
      });
      expect(all.everything.properties("Table")["DeletionProtectionEnabled"]).toBe(true);
    });
  });

  test("the secret has no value, so that no deployment writes over it", () => {
    const secret = all.everything.properties("AppSecret");
    expect(Object.keys(secret).toSorted()).toEqual(["Description", "KmsKeyId"]);
  });

  test("the policy is the operator's file, word for word", () => {
    expect(all.standard.properties("PolicyParameter")).toMatchObject({
      Name: "/mayfly/dev/policy",
      Type: "String",
      Tier: "Intelligent-Tiering",
      Value: textOf("policy.yml"),
    });
  });

  describe("the network", () => {
    test("is a VPC with two public subnets in two zones, a way out, and S3 without one", () => {
      const one = all.standard;
      const subnets = one.all("AWS::EC2::Subnet").map(({ properties }) => properties);
      expect(subnets.map((subnet) => subnet["AvailabilityZone"])).toEqual(["eu-central-1a", "eu-central-1b"]);
      expect(new Set(subnets.map((subnet) => subnet["CidrBlock"])).size).toBe(2);
      expect(subnets.every((subnet) => subnet["MapPublicIpOnLaunch"] === true)).toBe(true);
      expect(one.properties("DefaultRoute")).toMatchObject({ DestinationCidrBlock: "0.0.0.0/0" });
      expect(one.properties("S3Endpoint")).toMatchObject({
        VpcEndpointType: "Gateway",
        ServiceName: "com.amazonaws.eu-central-1.s3",
      });
      expect(one.ids("AWS::EC2::NatGateway")).toEqual([]);
      expect(one.ids("AWS::EC2::FlowLog")).toEqual([]);
      expect(all.everything.properties("FlowLog")).toMatchObject({
        LogGroupName: "/mayfly/prod/flow",
        TrafficType: "ALL",
      });
    });

    test("gives machines a template that hides their role, encrypts their disk and ends them when they shut down", () => {
      const { LaunchTemplateData: data } = all.standard.properties("LaunchTemplate") as {
        readonly LaunchTemplateData: Record<string, unknown>;
      };
      expect(data).toMatchObject({
        MetadataOptions: { HttpTokens: "required", HttpPutResponseHopLimit: 1 },
        InstanceInitiatedShutdownBehavior: "terminate",
        SecurityGroupIds: [expect.stringMatching(/^sg-/)],
        BlockDeviceMappings: [{ DeviceName: "/dev/sda1", Ebs: { VolumeType: "gp3", VolumeSize: 30, Encrypted: true } }],
      });
      // a request cannot take those back
      expect(data).not.toHaveProperty("NetworkInterfaces");
      expect(data).not.toHaveProperty("InstanceMarketOptions");
      const images = all.standard.template.Parameters;
      expect(Object.keys(images ?? {})).toEqual(["UbuntuX64Image", "UbuntuArm64Image"]);
      expect(Object.keys(all.ownNetwork.template.Parameters ?? {})).toEqual([]);
    });
  });

  test("what people and commands look up is told", () => {
    const outputs = Object.keys(all.lambdaOnly.template.Outputs);
    expect(outputs).toEqual(
      expect.arrayContaining([
        "WebhookUrl",
        "HostUrl",
        "SecretName",
        "PolicyParameter",
        "WorkQueueUrl",
        "DeadLetterQueueUrl",
        "TableName",
        "DashboardUrl",
        "RunnerFunction",
      ]),
    );
  });

  describe("stages", () => {
    test("share no name: each has labels, functions, logs, a policy and alarms of its own", () => {
      const named = (one: Packaged): string[] =>
        Object.keys(one.template.Resources).flatMap((id) => {
          const entries = Object.entries(one.properties(id));
          return entries
            .filter(
              ([key]) =>
                /^(?:\w*Name|Name)$/.test(key) && !/^(?:ServiceName|StageName|MetricName|PolicyName)$/.test(key),
            )
            .map(([key, value]) => `${key} ${String(value)}`);
        });
      const dev = new Set(named(all.standard));
      const shared = named(all.everything).filter((name) => dev.has(name));
      expect(dev.size).toBeGreaterThan(20);
      expect(shared).toEqual([]);
    });

    test("are told apart by a tag, on functions, API and machines, and by the stack's on everything else", () => {
      const { provider } = parse(textOf("serverless.yml"), { logLevel: "silent" }) as {
        readonly provider: { readonly tags: string; readonly stackTags: string };
      };
      // CloudFormation hands a stack's tags on to all its resources that take any
      expect(provider.stackTags).toBe(provider.tags);
      const tag = { Key: "mayfly:stack", Value: "mayfly-prod" };
      for (const { properties } of all.everything.all("AWS::Lambda::Function")) {
        expect(properties["Tags"]).toContainEqual(tag);
      }
      expect(all.everything.properties("HttpApi")["Tags"]).toEqual({ "mayfly:stack": "mayfly-prod" });
      const { LaunchTemplateData: data } = all.everything.properties("LaunchTemplate") as {
        readonly LaunchTemplateData: { readonly TagSpecifications: unknown[] };
      };
      expect(data.TagSpecifications).toEqual(
        ["instance", "volume", "network-interface"].map((type) => ({ ResourceType: type, Tags: [tag] })),
      );
    });
  });
}
