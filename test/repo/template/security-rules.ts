import { beforeAll, describe, expect, test } from "@jest/globals";
import { unusedExceptions } from "../../../scripts/check-template/security/any-resource.ts";
import { listOf } from "../../../scripts/check-template/security/rule.ts";
import { securityRules as rules } from "../../../scripts/check-template/security/security-rules.ts";
import { roleStatements, statementsOf } from "../../../scripts/check-template/statements.ts";
import type { Statement } from "../../../scripts/check-template/statements.ts";
import { variantNames } from "../../../scripts/check-template/variants.ts";
import type { Packaged } from "../../../scripts/check-template/packaged.ts";
import type { Variant } from "../../../scripts/check-template/variants.ts";
import { mistakes } from "./mistakes.ts";
import { mutated } from "./mutated.ts";

/** Least privilege, nothing in the clear, no way in, nothing kept for ever: of every variant. */
export function securityRules(packaged: () => Record<Variant, Packaged>): void {
  let all: Record<Variant, Packaged>;
  beforeAll(() => {
    all = packaged();
  });

  describe.each(variantNames)("%s", (name) => {
    test.each(rules.map((rule) => [rule.name, rule] as const))("%s", (_, { problems }) => {
      expect(problems(all[name])).toEqual([]);
    });

    test("keeps logs for as long as the operator says", () => {
      const days = all[name].all("AWS::Logs::LogGroup").map(({ properties }) => Number(properties["RetentionInDays"]));
      expect(new Set(days)).toEqual(new Set([name === "everything" ? 14 : 7]));
    });
  });

  test("every exception for `*` is still needed", () => {
    expect(unusedExceptions(variantNames.map((name) => all[name]))).toEqual([]);
    expect(unusedExceptions([all.lambdaOnly])).toContain("SeeMachines ec2:DescribeInstances");
  });

  describe("a mistake is found, and named", () => {
    test.each(mistakes)("%s: %s", (rule, culprit, change, variant = "standard") => {
      const { problems } = rules.find(({ name }) => name.includes(rule)) ?? { problems: () => [] };
      expect(problems(mutated(all[variant], change)).join("\n")).toMatch(culprit);
    });

    test("whatever the rule", () => {
      const untried = rules.filter(({ name }) => !mistakes.some(([rule]) => name.includes(rule)));
      expect(untried.map(({ name }) => name)).toEqual([]);
    });
  });

  describe("encryption", () => {
    test("is there without an own key", () => {
      const one = all.standard;
      for (const { properties } of one.all("AWS::SQS::Queue")) expect(properties["SqsManagedSseEnabled"]).toBe(true);
      expect(JSON.stringify(one.properties("ServerlessDeploymentBucket")["BucketEncryption"])).toContain("AES256");
      expect(one.ids("AWS::KMS::Key")).toEqual([]);
      expect(JSON.stringify(one.template)).not.toContain("kms:");
    });

    test("is by the own key when there is one", () => {
      const one = all.everything;
      const key = one.template.Resources["Key"];
      expect(key?.Properties?.["EnableKeyRotation"]).toBe(true);
      const arn = expect.stringMatching(/^arn:aws:kms:eu-central-1:123456789012:key\/[0-9a-f-]{36}$/);
      for (const { properties } of one.all("AWS::SQS::Queue")) {
        expect(properties).toMatchObject({ KmsMasterKeyId: arn });
        expect(properties).not.toHaveProperty("SqsManagedSseEnabled");
      }
      for (const { properties } of one.all("AWS::Logs::LogGroup")) expect(properties).toMatchObject({ KmsKeyId: arn });
      expect(one.properties("AppSecret")).toMatchObject({ KmsKeyId: arn });
      expect(one.properties("Alarms")).toMatchObject({ KmsMasterKeyId: expect.stringMatching(/^[0-9a-f-]{36}$/) });
      expect(one.properties("Table")["SSESpecification"]).toMatchObject({ SSEEnabled: true, KMSMasterKeyId: arn });
    });

    test("every log group may use the own key", () => {
      const one = all.everything;
      const [logs] = statementsOf(one.template, one.place).filter(({ statement }) => statement.Sid === "Logs");
      const patterns = (logs as unknown as { statement: { Condition: { ArnLike: Record<string, string[]> } } })
        .statement.Condition.ArnLike["kms:EncryptionContext:aws:logs:arn"];
      const matches = (text: string): boolean =>
        (patterns ?? []).some((pattern) => new RegExp(`^${pattern.replaceAll("*", ".*")}$`).test(text));
      for (const { properties } of one.all("AWS::Logs::LogGroup")) {
        const arn = `arn:aws:logs:eu-central-1:123456789012:log-group:${String(properties["LogGroupName"])}`;
        expect([arn, matches(arn)]).toEqual([arn, true]);
      }
    });
  });

  describe("rights on machines", () => {
    const of = (name: Variant, role: string): Statement[] =>
      roleStatements(all[name].template, role, all[name].place).filter(({ Effect }) => Effect === "Allow");
    const actions = (name: Variant, role: string): string[] =>
      of(name, role).flatMap(({ Action }) => [...listOf(Action)]);

    test("are nobody's without EC2", () => {
      const found = statementsOf(all.lambdaOnly.template, all.lambdaOnly.place).flatMap(({ statement }) => [
        ...listOf(statement.Action),
      ]);
      expect(found.filter((action) => /^(?:ec2|iam):/.test(action))).toEqual([]);
      expect(
        Object.values(all.lambdaOnly.template.Resources).filter(({ Type }) => Type.startsWith("AWS::EC2::")),
      ).toEqual([]);
      expect(all.lambdaOnly.template.Parameters).toBeUndefined();
    });

    test("to launch are the worker's alone, to end those of three, and only of this stack's machines", () => {
      const launching = ["ec2:RunInstances", "ec2:CreateTags", "iam:PassRole", "iam:CreateServiceLinkedRole"];
      expect(actions("standard", "WorkerRole")).toEqual(expect.arrayContaining(launching));
      for (const role of ["WebhookRole", "HostRole", "ScheduleRole", "RunnerRole", "MachineRole"]) {
        expect(actions("standard", role).filter((action) => launching.includes(action))).toEqual([]);
      }
      for (const role of ["WorkerRole", "HostRole", "ScheduleRole"]) {
        expect(of("standard", role).find(({ Action }) => Action === "ec2:TerminateInstances")).toMatchObject({
          Resource: "arn:aws:ec2:*:123456789012:instance/*",
          Condition: { StringEquals: { "aws:ResourceTag/mayfly:stack": "mayfly-dev" } },
        });
      }
      expect(actions("standard", "WebhookRole")).not.toContain("ec2:TerminateInstances");
    });

    test("launch only what is tagged as this stack's, encrypted, with a guarded metadata service, in its network", () => {
      const launches = of("everything", "WorkerRole").filter(({ Action }) => Action === "ec2:RunInstances");
      const on = (resource: string): Statement | undefined =>
        launches.find(({ Resource }) => listOf(Resource).some((one) => one.includes(`:${resource}/`)));
      const tags = { "aws:TagKeys": ["mayfly:stack", "mayfly:repository", "mayfly:runner", "Name"] };
      for (const resource of ["instance", "volume", "network-interface", "spot-instances-request"]) {
        expect(on(resource)?.Condition).toMatchObject({
          StringEquals: { "aws:RequestTag/mayfly:stack": "mayfly-prod" },
          "ForAllValues:StringEquals": tags,
        });
      }
      expect(on("instance")?.Condition).toMatchObject({ StringEquals: { "ec2:MetadataHttpTokens": "required" } });
      expect(on("volume")?.Condition).toMatchObject({ Bool: { "ec2:Encrypted": "true" } });
      expect(on("image")?.Condition).toEqual({
        StringEquals: { "ec2:Owner": ["123456789012", "amazon", "099720109477"] },
      });
      expect(on("subnet")?.Condition).toMatchObject({
        ArnEquals: {
          "ec2:Vpc": expect.stringMatching(/^arn:aws:ec2:eu-central-1:123456789012:vpc\/vpc-[0-9a-f]{17}$/),
        },
      });
      // template and security group by name: in this region the stack's own, elsewhere those of the parameter
      const named = launches
        .flatMap(({ Resource }) => listOf(Resource))
        .filter((one) => /launch-template|security-group/.test(one));
      expect(named.toSorted()).toEqual([
        expect.stringMatching(/^arn:aws:ec2:eu-central-1:123456789012:launch-template\/lt-[0-9a-f]{17}$/),
        expect.stringMatching(/^arn:aws:ec2:eu-central-1:123456789012:security-group\/sg-[0-9a-f]{17}$/),
        "arn:aws:ec2:eu-west-1:123456789012:launch-template/lt-0123456789abcdef0",
        "arn:aws:ec2:eu-west-1:123456789012:security-group/sg-0123456789abcdef9",
      ]);
      expect(JSON.stringify(launches)).toContain("arn:aws:ec2:eu-west-1:123456789012:vpc/vpc-0123456789abcdef9");
    });

    test("launch in the operator's VPC where one is named", () => {
      const launches = JSON.stringify(of("ownNetwork", "WorkerRole"));
      expect(launches).toContain("arn:aws:ec2:eu-central-1:123456789012:vpc/vpc-0123456789abcdef0");
      expect(all.ownNetwork.ids("AWS::EC2::VPC")).toEqual([]);
      expect(all.ownNetwork.properties("MachineSecurityGroup")["VpcId"]).toBe("vpc-0123456789abcdef0");
    });

    test("hand over one role, to EC2 only, which may write the machines' log, and hold sessions while debugging", () => {
      expect(of("standard", "WorkerRole").find(({ Action }) => Action === "iam:PassRole")).toMatchObject({
        Resource: expect.stringMatching(/^arn:aws:iam::123456789012:role\/mayfly-dev-MachineRole-/),
        Condition: { StringEquals: { "iam:PassedToService": "ec2.amazonaws.com" } },
      });
      expect(of("standard", "MachineRole")).toEqual([
        {
          Sid: "MachineLog",
          Effect: "Allow",
          Action: ["logs:CreateLogStream", "logs:PutLogEvents"],
          Resource: "arn:aws:logs:*:123456789012:log-group:/mayfly/dev/machines:*",
        },
      ]);
      expect(of("everything", "MachineRole").map(({ Sid }) => Sid)).toEqual(["MachineLog", "Sessions"]);
    });

    test("tag only in the launch itself: nobody can pass a foreign machine off as ours", () => {
      expect(of("standard", "WorkerRole").find(({ Action }) => Action === "ec2:CreateTags")?.Condition).toEqual({
        StringEquals: { "ec2:CreateAction": "RunInstances" },
      });
    });
  });

  test("what runs jobs on Lambda may write its log and traces, and every other call from inside a job is denied", () => {
    for (const name of variantNames) {
      const statements = roleStatements(all[name].template, "RunnerRole", all[name].place);
      expect(statements.filter(({ Effect }) => Effect === "Deny")).toEqual([
        {
          Sid: "NothingElseFromJobs",
          Effect: "Deny",
          NotAction: ["logs:CreateLogStream", "logs:PutLogEvents", "xray:PutTraceSegments", "xray:PutTelemetryRecords"],
          Resource: "*",
          Condition: { Null: { "lambda:SourceFunctionArn": "false" } },
        },
      ]);
      const sids = statements.filter(({ Effect }) => Effect === "Allow").map(({ Sid }) => Sid);
      const more = name === "everything" ? ["NetworkInterfaces", "KeyOfQueue"] : [];
      expect(sids).toEqual(["OwnLog", "Traces", "TellOfFailure", ...more]);
    }
  });

  test("only the host channel hands out roles of jobs, and only those that are listed", () => {
    const { everything, standard } = all;
    const roles = statementsOf(everything.template, everything.place).filter(
      ({ statement: { Action, Effect }, property }) =>
        Effect === "Allow" && property === "Policies" && /sts:/.test(listOf(Action).join()),
    );
    expect(roles.map(({ id, statement: { Action, Resource } }) => ({ id, Action, Resource }))).toEqual([
      {
        id: "HostRole",
        Action: ["sts:AssumeRole", "sts:TagSession"],
        Resource: ["arn:aws:iam::123456789012:role/deploy", "arn:aws:iam::210987654321:role/read"],
      },
    ]);
    const policies = statementsOf(standard.template, standard.place).filter(({ property }) => property === "Policies");
    expect(JSON.stringify(policies)).not.toContain("sts:");
  });
}
