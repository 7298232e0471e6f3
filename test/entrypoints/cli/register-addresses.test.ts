import { describe, expect, test } from "@jest/globals";
import { githubPlace, settingsPage } from "../../../src/entrypoints/cli/register/github-place.ts";
import { appName } from "../../../src/entrypoints/cli/register/read-manifest.ts";

describe("a GitHub by the address that people know", () => {
  test.each([
    ["https://github.com", undefined, "https://github.com", "https://api.github.com"],
    ["https://github.com/", undefined, "https://github.com", "https://api.github.com"],
    ["https://acme.ghe.com", undefined, "https://acme.ghe.com", "https://api.acme.ghe.com"],
    ["https://github.acme.com/", undefined, "https://github.acme.com", "https://github.acme.com/api/v3"],
    ["https://acme.com/github/", undefined, "https://acme.com/github", "https://acme.com/github/api/v3"],
    ["https://notgithub.com", "https://api.acme.com/", "https://notgithub.com", "https://api.acme.com"],
  ])("%s, %s", (web, api, expectedWeb, expectedApi) => {
    expect(githubPlace(web, api)).toEqual({ web: expectedWeb, api: expectedApi });
  });

  test.each(["github.com", "ftp://github.com", "https://me@github.com", ""])("%j is none", (web) => {
    expect(() => githubPlace(web)).toThrow("is no address such as https://github.com");
  });

  test("an App's settings are its owner's", () => {
    const app = { owner: "acme", slug: "mayfly-prod" };
    const github = githubPlace("https://github.com");
    expect([settingsPage(github, { ...app, isOrganizations: true }), settingsPage(github, { ...app, isOrganizations: false })]).toEqual([
      "https://github.com/organizations/acme/settings/apps/mayfly-prod",
      "https://github.com/settings/apps/mayfly-prod",
    ]); // prettier-ignore
  });
});

test.each([
  ["prod", undefined, "mayfly-prod"],
  ["prod", "acme", "mayfly-acme-prod"],
  ["prod", "a-company-with-a-very-long-name", "mayfly-a-company-with-a-very-prod"],
  ["a-stage-with-a-very-long-name-too", "acme", "mayfly-a-stage-with-a-very-long-na"],
])("the App of %s of %s is called %s: at most 34 characters", (stage, organization, name) => {
  expect(appName(stage, organization)).toBe(name);
  expect(name.length).toBeLessThanOrEqual(34);
});
