import { describe, expect, test } from "@jest/globals";
import { readStoredSecrets, secretFields } from "../../../src/adapters/secrets/stored-secrets.ts";
import { fields, hostKey, otherKey, publicHalf, stored } from "./stored.ts";

function problemsOf(text: string): string[] {
  const { stored: read, problems } = readStoredSecrets(text);
  expect(read === undefined).toBe(problems.length > 0);
  return problems.map(({ field, message }) => `${field} ${message}`);
}

describe("the one secret", () => {
  test("is read whole", () => {
    const { stored: read } = readStoredSecrets(stored({ formerWebhookSecret: "the-one-before" }));
    const { privateKey, ...others } = fields;
    expect(read).toEqual({ ...others, formerWebhookSecret: "the-one-before", privateKey: expect.any(String) });
    expect(publicHalf(read?.privateKey ?? "")).toBe(publicHalf(privateKey));
    expect(Object.keys(read ?? {}).toSorted()).toEqual(secretFields.toSorted());
  });

  test.each([
    ["without a former webhook secret", {}, { formerWebhookSecret: undefined }],
    ["with null for it", { formerWebhookSecret: null }, { formerWebhookSecret: undefined }],
    ["with the App's number as a text", { appId: "4711" }, { appId: 4711 }],
    ["with a host key in capitals", { hostKey: hostKey.toUpperCase() }, { hostKey }],
    ["with fields of a later version", { something: { else: 1 } }, { appId: 4711 }],
  ])("%s", (_, changes, expected) => {
    expect(readStoredSecrets(stored(changes)).stored).toMatchObject(expected);
  });

  test("a private key that is an object in it is found", () => {
    const { stored: read } = readStoredSecrets(stored({ privateKey: { pem: otherKey } }));
    expect(publicHalf(read?.privateKey ?? "")).toBe(publicHalf(otherKey));
  });

  test.each(["", "hunter2", "[]", "null", '"text"', "{"])("%j is no such secret", (text) => {
    const [problem = "", ...more] = problemsOf(text);
    expect(problem).toMatch(/^secret is no JSON object such as \{"appId"/);
    expect([more, problem.includes("hunter2")]).toEqual([[], false]);
  });

  test("of everything that is wrong all is said at once, in words that help, and no value", () => {
    const values = { appId: "app-4711", privateKey: "key-4712", webhookSecret: " ", formerWebhookSecret: 4714 };
    const problems = problemsOf(stored({ ...values, hostKey: "host-4715" }));
    expect(problems).toEqual([
      "appId must be the App's number, as its settings at GitHub show it",
      expect.stringMatching(/^privateKey is no private key in PEM/),
      expect.stringMatching(/^webhookSecret is empty\. Give it a long random value, here and at GitHub/),
      "formerWebhookSecret must be a text",
      "hostKey must be 64 hexadecimal digits: openssl rand -hex 32",
    ]);
    expect(problems.join("\n")).not.toMatch(/471\d/);
  });

  test.each([
    ["appId", undefined, "is missing"],
    ["appId", 0, "must be the App's number"],
    ["appId", 1.5, "must be the App's number"],
    ["appId", "1e3", "must be the App's number"],
    ["privateKey", undefined, "is missing"],
    ["privateKey", 5, "must be a text"],
    ["webhookSecret", undefined, "is missing"],
    ["webhookSecret", "", "is empty"],
    ["webhookSecret", "development", "everybody knows it"],
    ["formerWebhookSecret", "", "is empty"],
    ["formerWebhookSecret", "development", "everybody knows it"],
    ["hostKey", undefined, "is missing"],
    ["hostKey", hostKey.slice(1), "64 hexadecimal digits"],
    ["hostKey", `${hostKey.slice(1)}g`, "64 hexadecimal digits"],
    ["hostKey", "0".repeat(64), "is not random"],
  ])("%s %j: %s", (field, value, message) => {
    expect(problemsOf(stored({ [field]: value }))).toEqual([expect.stringMatching(`^${field} .*${message}`)]);
  });
});
