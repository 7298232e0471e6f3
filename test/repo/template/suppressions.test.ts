import { describe, expect, test } from "@jest/globals";
import { withoutSuppressed } from "../../../scripts/check-template/judges/judge.ts";
import type { Finding, Laid } from "../../../scripts/check-template/judges/judge.ts";
import { packaged } from "../../../scripts/check-template/packaged.ts";
import { somePlace } from "../../../scripts/check-template/made-up-values.ts";
import type { Suppression } from "../../../scripts/check-template/suppressed.ts";

const given = { jobRoles: [], otherRegions: {}, debug: false };
const laid = (name: string, types: readonly string[]): Laid => {
  const resources = Object.fromEntries(types.map((type, index) => [`R${index}`, { Type: type }]));
  return { name, file: `${name}.json`, one: packaged({ Resources: resources, Outputs: {} }, somePlace, given) };
};
const templates = [laid("plain", ["AWS::SQS::Queue"]), laid("keyed", ["AWS::SQS::Queue", "AWS::KMS::Key"])];

const finding = (name: string, rule: string): Finding => ({ name, rule, resource: "WorkQueue", message: "encrypt it" });
const explained: Suppression = { rule: "CKV_1", why: "it does not hold here" };
const withKey: Suppression = { rule: "CKV_2", why: "AWS encrypts it", onlyWithoutOwnKey: true };

describe("what a judge finds", () => {
  test("is a problem, with template and resource, unless somebody has explained it", () => {
    const findings = [finding("plain", "CKV_1"), finding("keyed", "CKV_1"), finding("plain", "CKV_3")];
    expect(withoutSuppressed("checkov", templates, { findings }, [explained])).toEqual({
      problems: ["plain: WorkQueue: checkov CKV_3: encrypt it"],
      suppressed: 2,
    });
  });

  test("of keys is explained only where there is no own one", () => {
    const findings = [finding("plain", "CKV_2"), finding("keyed", "CKV_2")];
    expect(withoutSuppressed("checkov", templates, { findings }, [withKey])).toEqual({
      problems: ["keyed: WorkQueue: checkov CKV_2: encrypt it"],
      suppressed: 1,
    });
  });

  test("no more makes its explanation a problem", () => {
    const findings = [finding("keyed", "CKV_2"), finding("plain", "CKV_1")];
    const { problems } = withoutSuppressed("checkov", templates, { findings }, [explained, withKey]);
    expect(problems).toContain("scripts/check-template/suppressed.ts: checkov CKV_2 suppresses nothing; remove it");
    expect(problems.join()).not.toContain("CKV_1");
  });
});
