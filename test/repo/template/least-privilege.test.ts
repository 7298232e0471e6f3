import { beforeAll, describe, expect, test } from "@jest/globals";
import { bundleCommands } from "../../../scripts/check-template/bundle-commands.ts";
import { leastPrivilege } from "../../../scripts/check-template/iam/least-privilege.ts";
import type { Commands } from "../../../scripts/check-template/iam/subjects.ts";
import { packageService } from "../../../scripts/check-template/package-template.ts";
import type { Packaged } from "../../../scripts/check-template/packaged.ts";
import { variants } from "../../../scripts/check-template/variants.ts";
import { mutated, propertiesIn, removeStatement, statementIn, statementsIn } from "./mutated.ts";
import type { LooseTemplate } from "./mutated.ts";

let commands: Commands;
let standard: Packaged;
let everything: Packaged;

beforeAll(async () => {
  [commands, standard, everything] = await Promise.all([
    bundleCommands(),
    packageService(variants.standard),
    packageService(variants.everything),
  ]);
});

/** What is wrong with one role once something was changed. */
async function problemsOf(role: string, change: (template: LooseTemplate) => void, of = standard): Promise<string> {
  const { problems } = await leastPrivilege(mutated(of, change), commands, role);
  return problems.join("\n");
}

describe("least privilege", () => {
  test("of every role: what it is for is allowed, all else is denied, and nothing in it is too much", async () => {
    const few = await leastPrivilege(standard, commands);
    expect(few.problems).toEqual([]);
    // what is judged is not nothing
    expect(few.counts.roles).toBe(standard.ids("AWS::IAM::Role").length);
    expect(few.counts.needed).toBeGreaterThan(few.counts.statements);
    expect(few.counts.denied).toBeGreaterThan(few.counts.needed);
    const most = await leastPrivilege(everything, commands);
    expect(most.problems).toEqual([]);
    expect(most.counts.roles).toBe(everything.ids("AWS::IAM::Role").length);
    expect(most.counts.needed).toBeGreaterThan(few.counts.needed);
  });

  describe("what a call needs is missing", () => {
    test.each([
      ["iam:PassRole", "GiveMachinesTheirRole", "ec2:RunInstances", /role\/mayfly-dev-MachineRole-/],
      ["iam:CreateServiceLinkedRole", "RoleOfSpot", "ec2:RunInstances", /AWSServiceRoleForEC2Spot/],
      ["ec2:CreateTags", "TagWhatIsLaunched", "ec2:RunInstances", /:volume\//],
      ["lambda:InvokeFunction", "InvokeRunners", "lambda:Invoke", /:function:mayfly-dev-runner/],
    ])("%s: statement %s removed", async (action, sid, by, resource) => {
      const found = await problemsOf("WorkerRole", (template) => removeStatement(template, "WorkerRole", sid));
      expect(found).toMatch(
        new RegExp(`^WorkerRole ${action} on \\S*${resource.source}.* is denied, but ${by} needs it$`, "m"),
      );
    });

    test.each([
      ["WorkerRole", "Records", "dynamodb:PutItem", "dynamodb:PutItem"],
      ["HostRole", "Records", "dynamodb:BatchGetItem", "dynamodb:BatchGetItem"],
      ["WorkerRole", "Work", "sqs:DeleteMessage", "its event source"],
      ["WorkerRole", "OwnLog", "logs:PutLogEvents", "its log"],
      ["MachineRole", "MachineLog", "logs:CreateLogStream", "the machine's log"],
      ["ScheduleRole", "Traces", "xray:PutTelemetryRecords", "X-Ray"],
    ])("%s %s: without %s", async (role, sid, action, by) => {
      const found = await problemsOf(role, (template) => {
        const statement = statementIn(template, role, sid);
        statement.Action = [statement.Action ?? []].flat().filter((one) => one !== action);
      });
      expect(found).toMatch(new RegExp(`^${role} ${action} on \\S+ is denied, but ${by} needs it$`, "m"));
    });

    test("the own key through one of the services", async () => {
      const found = await problemsOf(
        "WebhookRole",
        (template) => {
          const { Condition: condition } = statementIn(template, "WebhookRole", "OwnKey");
          const services = condition?.["StringEquals"] ?? {};
          services["kms:ViaService"] = (services["kms:ViaService"] as unknown[]).slice(1);
        },
        everything,
      );
      expect(found).toMatch(
        /^WebhookRole kms:Decrypt on .*ViaService=secretsmanager.* is denied, but secrets-manager:GetSecretValue needs it$/m,
      );
    });
  });

  describe("something is allowed that nobody needs", () => {
    test("s3:* in a statement of its own, and in another one", async () => {
      const own = await problemsOf("HostRole", (template) => {
        statementsIn(template, "HostRole").push({ Sid: "Files", Effect: "Allow", Action: "s3:*", Resource: "*" });
      });
      expect(own).toContain("HostRole Files s3:*: name each action");
      expect(own).toContain("HostRole Files s3:GetObject on arn:aws:s3:::anything/at-all is allowed: anybody's data");
      const within = await problemsOf("WorkerRole", (template) => {
        const statement = statementIn(template, "WorkerRole", "Records");
        statement.Action = [...(statement.Action as string[]), "s3:*"];
      });
      expect(within).toContain("WorkerRole Records s3:*: name each action");
      expect(within).toContain("WorkerRole Records s3:*: nothing needs it");
    });

    test("a statement, an action, a resource, twice the same", async () => {
      const statement = { Sid: "Spare", Effect: "Allow", Action: "sns:Publish", Resource: { Ref: "Alarms" } };
      expect(
        await problemsOf("ScheduleRole", (template) => statementsIn(template, "ScheduleRole").push(statement)),
      ).toBe("ScheduleRole Spare: nothing needs this statement");
      expect(
        await problemsOf("ScheduleRole", (template) => {
          const leases = statementIn(template, "ScheduleRole", "Leases");
          leases.Action = ["dynamodb:DeleteItem", "dynamodb:ConditionCheckItem"];
        }),
      ).toBe("ScheduleRole Leases dynamodb:ConditionCheckItem: nothing needs it");
      const machine = { "Fn::Sub": "arn:aws:ec2:*:${AWS::AccountId}:dedicated-host/*" };
      expect(
        await problemsOf("WorkerRole", (template) => {
          const tags = statementIn(template, "WorkerRole", "TagWhatIsLaunched");
          tags.Resource = [...(tags.Resource as unknown[]), machine];
        }),
      ).toBe("WorkerRole TagWhatIsLaunched arn:aws:ec2:*:123456789012:dedicated-host/*: nothing needs it");
      const twice = await problemsOf("WebhookRole", (template) => {
        statementsIn(template, "WebhookRole").push({ ...statementIn(template, "WebhookRole", "Work"), Sid: "Again" });
      });
      expect(twice.split("\n")).toEqual([
        "WebhookRole Work: nothing needs this statement, Again allows the same",
        "WebhookRole Again: nothing needs this statement, Work allows the same",
      ]);
    });

    test("what another role is for", async () => {
      const found = await problemsOf("WebhookRole", (template) => {
        statementsIn(template, "WebhookRole").push(statementIn(template, "WorkerRole", "InvokeRunners"));
      });
      expect(found).toMatch(/^WebhookRole InvokeRunners lambda:InvokeFunction on .* is allowed: for WorkerRole only$/m);
    });
  });

  describe("a resource is wider than ours", () => {
    test.each([
      ["WorkerRole", "Records", "*", "another stack's"],
      ["WorkerRole", "Work", "*", "another account's"],
      ["HostRole", "Records", { "Fn::Sub": "arn:aws:dynamodb:*:${AWS::AccountId}:table/*" }, "another stack's"],
      ["WebhookRole", "Secret", "*", "another account's"],
      ["WebhookRole", "Policy", { "Fn::Sub": "arn:aws:ssm:*:${AWS::AccountId}:parameter/mayfly/*" }, "another stack's"],
      [
        "WorkerRole",
        "InvokeRunners",
        { "Fn::Sub": "arn:aws:lambda:*:${AWS::AccountId}:function:*" },
        "another stack's",
      ],
      [
        "WorkerRole",
        "GiveMachinesTheirRole",
        { "Fn::Sub": "arn:aws:iam::${AWS::AccountId}:role/*" },
        "not a machine's",
      ],
      [
        "WorkerRole",
        "LaunchFromTemplate",
        { "Fn::Sub": "arn:aws:ec2:*:${AWS::AccountId}:launch-template/*" },
        "of another stack",
      ],
      ["WorkerRole", "EndMachines", "*", "another account's"],
      ["MachineRole", "MachineLog", "*", "of another group"],
    ])("%s %s: %j", async (role, sid, resource, why) => {
      const found = await problemsOf(role, (template) => {
        statementIn(template, role, sid).Resource = resource;
      });
      expect(found).toMatch(new RegExp(`^${role} ${sid} \\S+ on \\S+ .*is allowed: ${why}$`, "m"));
    });
  });

  describe("a condition is gone", () => {
    test.each([
      ["WorkerRole", "LaunchMachines", "StringEquals", "aws:RequestTag/mayfly:stack", "without the stack's tag"],
      ["WorkerRole", "LaunchMachines", "StringEquals", "ec2:MetadataHttpTokens", "without IMDSv2"],
      ["WorkerRole", "LaunchWithDisks", "Bool", "ec2:Encrypted", "not encrypted"],
      ["WorkerRole", "LaunchInVpc", "ArnEquals", "ec2:Vpc", "in another VPC"],
      ["WorkerRole", "LaunchFromImages", "StringEquals", "ec2:Owner", "of a stranger's image"],
      ["WorkerRole", "TagWhatIsLaunched", "StringEquals", "ec2:CreateAction", "there already"],
      ["WorkerRole", "GiveMachinesTheirRole", "StringEquals", "iam:PassedToService", "passed to Lambda"],
      ["HostRole", "EndMachines", "StringEquals", "aws:ResourceTag/mayfly:stack", "without a tag"],
      ["ScheduleRole", "Leases", "ForAllValues:StringLike", "dynamodb:LeadingKeys", "a record that is no lease"],
    ])("%s %s: %s %s", async (role, sid, operator, key, why) => {
      const found = await problemsOf(role, (template) => {
        const { Condition: condition = {} } = statementIn(template, role, sid);
        delete condition[operator]?.[key];
        if (Object.keys(condition[operator] ?? {}).length === 0) delete condition[operator];
      });
      expect(found).toMatch(new RegExp(`^${role} ${sid} .* is allowed: ${why}$`, "m"));
    });

    test("or one is there that keeps nobody out", async () => {
      const found = await problemsOf("WebhookRole", (template) => {
        const account = { "Fn::Sub": "${AWS::AccountId}" };
        statementIn(template, "WebhookRole", "Work").Condition = {
          StringEqualsIfExists: { "aws:PrincipalAccount": account },
        };
      });
      expect(found).toBe("WebhookRole Work StringEqualsIfExists aws:PrincipalAccount: nothing needs it");
    });

    test("of what keeps jobs away from the rights of Lambda itself", async () => {
      const found = await problemsOf("RunnerRole", (template) =>
        removeStatement(template, "RunnerRole", "NothingElseFromJobs"),
      );
      expect(found).toMatch(
        /^RunnerRole TellOfFailure sqs:SendMessage on .* is allowed: asked for from inside a job$/m,
      );
    });
  });

  describe("what nobody can judge", () => {
    test("is a call that no row of the table knows", async () => {
      const more = { ...commands, host: [...(commands["host"] ?? []), "s3:GetObject"] };
      await expect(leastPrivilege(standard, more)).rejects.toThrow(
        /^host can call s3:GetObject, which .*calls\.ts does not know/,
      );
    });

    test("is a call of a function that knows nothing of its resource", async () => {
      const more = { ...commands, webhook: [...(commands["webhook"] ?? []), "dynamodb:GetItem"] };
      await expect(leastPrivilege(standard, more)).rejects.toThrow("MAYFLY_TABLE is not set");
    });

    test("is a policy that is not in the template", async () => {
      const arn = "arn:aws:iam::aws:policy/AdministratorAccess";
      const change = (template: LooseTemplate): void => {
        propertiesIn(template, "HostRole")["ManagedPolicyArns"] = [arn];
      };
      await expect(problemsOf("HostRole", change)).rejects.toThrow(`HostRole has ${arn}, which is not in the template`);
    });

    test("is a role that nothing has", async () => {
      const found = await problemsOf("HostRole", (template) => {
        const { Type, Properties } = template.Resources["HostRole"] ?? { Type: "", Properties: {} };
        template.Resources["SpareRole"] = { Type, Properties };
      });
      expect(found).toBe("SpareRole: nothing has this role");
    });
  });
});
