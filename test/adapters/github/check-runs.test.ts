import { afterEach, beforeEach, describe, expect, test } from "@jest/globals";
import type { CheckRun } from "../../../src/core/ports.ts";
import { mockGithub, repository, tokenRequests, type MockGithub } from "./mock-github.ts";
import { sampleAnswer, sampleOf } from "./sample-answer.ts";

const CREATE = "/repos/octo/site/check-runs";
const LIST = "/repos/octo/site/commits/abc/check-runs?check_name=Mayfly&filter=all&per_page=100";
const checkRun: CheckRun = {
  name: "Mayfly",
  headSha: "abc",
  externalId: "run#3#1",
  status: "completed",
  conclusion: "neutral",
  title: "1 job",
  summary: "All went well",
  text: "| a |",
  annotations: [{ path: "ci.yml", startLine: 3, endLine: 3, level: "notice", title: "lint", message: "ran on lambda" }],
};
const output = {
  title: "1 job",
  summary: "All went well",
  text: "| a |",
  annotations: [
    { path: "ci.yml", start_line: 3, end_line: 3, annotation_level: "notice", title: "lint", message: "ran on lambda" },
  ],
};
const described = (id: number, externalId: string, annotations = 0): object =>
  sampleOf("check-run", {
    id,
    external_id: externalId,
    output: {
      title: null,
      summary: null,
      text: null,
      annotations_count: annotations,
      annotations_url: "https://x.test",
    },
  });

let mock: MockGithub;
beforeEach(() => {
  mock = mockGithub();
  mock.grantTokens();
});
afterEach(() => mock.check());

describe("createCheckRun", () => {
  const created = { status: 201, body: sampleAnswer("checks/create", 201, { id: 99 }) };

  test("sends what the core wrote, by a token for checks only", async () => {
    mock.on("POST", CREATE, created);
    expect(await mock.github.createCheckRun(repository, checkRun)).toEqual({ id: 99 });
    expect(mock.seen.at(-1)?.body).toEqual({
      name: "Mayfly",
      head_sha: "abc",
      external_id: "run#3#1",
      status: "completed",
      conclusion: "neutral",
      output,
    });
    expect(tokenRequests(mock)[0]?.body).toEqual({ repository_ids: [7], permissions: { checks: "write" } });
  });

  test("no conclusion before it is completed: GitHub would complete it", async () => {
    mock.on("POST", CREATE, created);
    const early: CheckRun = { ...checkRun, status: "in_progress", text: undefined, annotations: [] };
    await mock.github.createCheckRun(repository, early);
    expect(mock.seen.at(-1)?.body).toEqual({
      name: "Mayfly",
      head_sha: "abc",
      external_id: "run#3#1",
      status: "in_progress",
      output: { title: "1 job", summary: "All went well" },
    });
  });

  test("a reply that is lost is told as lost", async () => {
    mock.on("POST", CREATE, { breaks: "ECONNRESET" });
    await expect(mock.github.createCheckRun(repository, checkRun)).rejects.toMatchObject({
      facts: { kind: "lost-reply", operation: "create-check-run" },
    });
  });
});

describe("updateCheckRun", () => {
  test("changes what create wrote, but not the commit", async () => {
    mock.on("PATCH", `${CREATE}/99`, { body: sampleAnswer("checks/update", 200, { id: 99 }) });
    expect(await mock.github.updateCheckRun(repository, 99, checkRun)).toBeUndefined();
    expect(mock.seen.at(-1)?.body).toEqual({
      name: "Mayfly",
      external_id: "run#3#1",
      status: "completed",
      conclusion: "neutral",
      output,
    });
  });

  test.each([
    ["lost-reply", checkRun],
    ["unavailable", { ...checkRun, annotations: [] }],
  ] as const)("a broken connection is %s: annotations are appended, the rest may be repeated", async (kind, update) => {
    mock.on("PATCH", `${CREATE}/99`, { breaks: "ECONNRESET" });
    await expect(mock.github.updateCheckRun(repository, 99, update)).rejects.toMatchObject({ facts: { kind } });
  });
});

describe("findCheckRun", () => {
  test("tells ours by its external id", async () => {
    const check_runs = [described(1, "run#3#2"), described(2, "run#3#1", 4)];
    mock.on("GET", LIST, { body: { total_count: 2, check_runs } });
    expect(await mock.github.findCheckRun(repository, checkRun)).toEqual({ id: 2, annotations: 4 });
  });

  test("looks on the next page after a full one, and no further than the last", async () => {
    const full = Array.from({ length: 100 }, (_, index) => described(index + 1, "other"));
    mock.on("GET", LIST, { body: { total_count: 101, check_runs: full } });
    mock.on("GET", `${LIST}&page=2`, { body: { total_count: 101, check_runs: [described(101, "run#3#1")] } });
    expect(await mock.github.findCheckRun(repository, checkRun)).toEqual({ id: 101, annotations: 0 });

    mock.on("GET", LIST, { body: { total_count: 1, check_runs: [described(1, "other")] } });
    expect(await mock.github.findCheckRun(repository, checkRun)).toBeUndefined();
  });
});
