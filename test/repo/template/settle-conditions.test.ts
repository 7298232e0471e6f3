import { describe, expect, test } from "@jest/globals";
import { settleConditions } from "../../../scripts/deployment/settle-conditions.ts";
import type { JsonObject, Template } from "../../../scripts/deployment/template.ts";

const equal = { "Fn::Equals": ["yes", "yes"] };
const unequal = { "Fn::Equals": ["no", "yes"] };

/** A property under a condition, settled. */
function settled(property: JsonObject, conditions: JsonObject = { Yes: equal, No: unequal }): unknown {
  const template: Template = {
    Conditions: conditions,
    Resources: { One: { Type: "A", Properties: property } },
    Outputs: {},
  };
  return settleConditions(template).Resources["One"]?.Properties;
}

describe("settleConditions", () => {
  test("takes the branch that holds, at any depth", () => {
    const inner = { "Fn::If": ["No", "a", { "Fn::If": ["Yes", { Ref: "B" }, "c"] }] };
    expect(settled({ x: [{ y: inner }] })).toEqual({ x: [{ y: { Ref: "B" } }] });
    expect(settled({ x: { "Fn::Sub": ["${A}", { A: inner }] } })).toEqual({
      x: { "Fn::Sub": ["${A}", { A: { Ref: "B" } }] },
    });
  });

  test("leaves out what has no value, of mappings and of lists", () => {
    const none = { Ref: "AWS::NoValue" };
    expect(settled({ a: none, b: { "Fn::If": ["No", 1, none] }, c: [1, none, 2] })).toEqual({ c: [1, 2] });
  });

  test.each<[JsonObject, boolean]>([
    [{ "Fn::Not": [equal] }, false],
    [{ "Fn::Not": [unequal] }, true],
    [{ "Fn::And": [equal, unequal] }, false],
    [{ "Fn::And": [equal, { Condition: "Yes" }] }, true],
    [{ "Fn::Or": [unequal, { Condition: "No" }] }, false],
    [{ "Fn::Or": [unequal, equal] }, true],
    // as CloudFormation compares them
    [{ "Fn::Equals": [5, "5"] }, true],
    [{ "Fn::Equals": ["", ""] }, true],
  ])("%j is %s", (condition, holds) => {
    const conditions = { Yes: equal, No: unequal, Asked: condition };
    expect(settled({ x: { "Fn::If": ["Asked", true, false] } }, conditions)).toEqual({ x: holds });
  });

  test("keeps resources, outputs, dependencies and parameters that are still used, and no condition", () => {
    const template: Template = {
      Conditions: { Yes: equal, No: unequal },
      Parameters: { Used: { Type: "String" }, Unused: { Type: "String" } },
      Resources: {
        Kept: { Type: "A", Condition: "Yes", DependsOn: ["Gone", "Other"], Properties: { x: { Ref: "Used" } } },
        Gone: { Type: "A", Condition: "No", Properties: { x: { Ref: "Unused" } } },
        Other: { Type: "A", DependsOn: "Gone" },
      },
      Outputs: { Kept: { Value: 1, Condition: "Yes" }, Gone: { Value: 2, Condition: "No" } },
    };
    expect(settleConditions(template)).toEqual({
      Parameters: { Used: { Type: "String" } },
      Resources: {
        Kept: { Type: "A", DependsOn: ["Other"], Properties: { x: { Ref: "Used" } } },
        Other: { Type: "A" },
      },
      Outputs: { Kept: { Value: 1 } },
    });
  });

  test("guesses nothing", () => {
    expect(() => settled({ x: { "Fn::If": ["Nope", 1, 2] } })).toThrow('no condition "Nope"');
    const open = { Asked: { "Fn::Equals": [{ Ref: "AWS::Region" }, "eu-central-1"] } };
    expect(() => settled({ x: { "Fn::If": ["Asked", 1, 2] } }, open)).toThrow("more than texts can decide");
  });
});
