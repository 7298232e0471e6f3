import { describe, expect, test } from "@jest/globals";
import { danglingReferences } from "../../../scripts/check-template/dangling-references.ts";
import { resolveIntrinsics } from "../../../scripts/check-template/resolve-intrinsics.ts";
import { roleStatements, statementsOf } from "../../../scripts/check-template/statements.ts";
import type { Json, Template } from "../../../scripts/deployment/template.ts";

const template: Template = {
  Resources: {
    Queue: { Type: "AWS::SQS::Queue", Properties: { QueueName: "work" } },
    Role: {
      Type: "AWS::IAM::Role",
      Properties: {
        AssumeRolePolicyDocument: { Statement: [{ Effect: "Allow", Action: "sts:AssumeRole" }] },
        Policies: [
          {
            PolicyDocument: {
              Statement: [{ Sid: "A", Effect: "Allow", Resource: { "Fn::GetAtt": ["Queue", "Arn"] } }],
            },
          },
          { PolicyDocument: { Statement: { Sid: "B", Effect: "Deny", Resource: "*" } } },
        ],
      },
    },
  },
  Outputs: {},
};

const resolved = (value: Json): Json => resolveIntrinsics(template, value);

describe("resolveIntrinsics", () => {
  test.each<[Json, Json]>([
    [{ Ref: "AWS::Region" }, "eu-central-1"],
    [{ Ref: "Queue" }, "https://sqs.eu-central-1.amazonaws.com/123456789012/work"],
    [{ "Fn::GetAtt": ["Queue", "Arn"] }, "arn:aws:sqs:eu-central-1:123456789012:work"],
    [{ "Fn::Sub": "${AWS::Partition} ${Queue.QueueName} ${!Kept}" }, "aws work ${Kept}"],
    [{ "Fn::Sub": ["${A}-${Queue.QueueName}", { A: { "Fn::Select": [1, ["x", "y"]] } }] }, "y-work"],
    [{ "Fn::Join": ["/", ["a", { Ref: "AWS::AccountId" }]] }, "a/123456789012"],
    [{ "Fn::Split": [",", "a,b"] }, ["a", "b"]],
    [{ "Fn::Select": [0, { "Fn::GetAZs": "" }] }, "eu-central-1a"],
    [[{ a: { Ref: "AWS::URLSuffix" } }], [{ a: "amazonaws.com" }]],
  ])("%j is %j", (value, result) => {
    expect(resolved(value)).toEqual(result);
  });

  test.each<[Json, string]>([
    [{ Ref: "Nope" }, "no resource Nope"],
    [{ "Fn::GetAtt": ["Queue", "Url"] }, "no Url of that"],
    [{ "Fn::Sub": "${Queue.Nope}" }, "no Nope of that"],
    [{ "Fn::ImportValue": "x" }, "Fn::ImportValue is not known"],
  ])("%j is refused", (value, message) => {
    expect(() => resolved(value)).toThrow(message);
  });
});

test("danglingReferences names what refers to nothing", () => {
  const broken: Template = {
    Resources: {
      ...template.Resources,
      A: { Type: "A", DependsOn: ["Queue", "Gone"], Properties: { x: { "Fn::Sub": "${Missing}" } } },
      B: { Type: "B", Condition: "Open" },
    },
    Outputs: { Out: { Value: { Ref: "Queue" } }, Bad: { Value: { "Fn::GetAtt": ["Role", "Nope"] } } },
  };
  expect(danglingReferences(template)).toEqual([]);
  expect(danglingReferences(broken)).toEqual([
    "A: the template has no resource Missing",
    "A: depends on Gone",
    "B: is under the condition Open",
    "Bad: Role is AWS::IAM::Role: no Nope of that is known here",
  ]);
});

test("statements are found wherever they stand, with real names in them", () => {
  expect(statementsOf(template).map(({ property, statement: { Sid } }) => `${property} ${Sid ?? ""}`)).toEqual([
    "AssumeRolePolicyDocument ",
    "Policies A",
    "Policies B",
  ]);
  expect(roleStatements(template, "Role")).toEqual([
    { Sid: "A", Effect: "Allow", Resource: "arn:aws:sqs:eu-central-1:123456789012:work" },
    { Sid: "B", Effect: "Deny", Resource: "*" },
  ]);
});
