import { existsSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "@jest/globals";
import { judgement, judgementText } from "../../scripts/moto/judgement.ts";
import type { JestFile } from "../../scripts/moto/judgement.ts";
import { judged } from "../../scripts/moto/judged.ts";
import { textOf } from "./repository.ts";
import { importsOf, root, sourceFiles } from "./source-files.ts";

const queue = { name: "Queue", file: "queue", client: "client-sqs", beyond: ["fairness"] };

const fileOf = (tests: Readonly<Record<string, string>>, message = ""): JestFile => ({
  name: "/home/somebody/mayfly/test/aws/queue.test.ts",
  message,
  assertionResults: Object.entries(tests).map(([title, status]) => ({ title, fullName: `queue ${title}`, status })),
});

describe("npm run test:aws", () => {
  test("counts what passed, and apart from it what the judge does otherwise", () => {
    const tests = { one: "passed", two: "passed", "not kept by this judge: delays": "passed" };
    expect(judgement([queue], [fileOf(tests)])).toEqual([
      { service: queue, passed: 2, failures: [], notKept: ["delays", "fairness"] },
    ]);
    const text = judgementText(judgement([queue], [fileOf(tests)]));
    expect(text).toBe(
      "Queue    2 passed   0 failed  not kept by this judge: delays; fairness\n2 checks passed, 0 failed",
    );
  });

  test.each(["failed", "pending", "todo", "skipped", "disabled"])("a test that is %s fails the service", (status) => {
    const verdicts = judgement([queue], [fileOf({ one: "passed", two: status })]);
    expect(verdicts).toMatchObject([{ passed: 1, failures: [expect.stringContaining("queue two")] }]);
    expect(judgementText(verdicts)).toMatch(/^failed: Queue: queue two.*\n1 checks passed, 1 failed$/m);
  });

  test.each<[string, readonly JestFile[], string]>([
    ["without a file", [], "it was not judged at all"],
    ["without a test", [fileOf({})], "it was not judged at all"],
    [
      "with another service's file only",
      [{ ...fileOf({ one: "passed" }), name: "/x/test/aws/other-queue.test.ts" }],
      "it was not judged at all",
    ],
    [
      "with nothing but what the judge does otherwise",
      [fileOf({ "not kept by this judge: a": "passed" })],
      "it was not judged at all",
    ],
    [
      "whose file cannot be run",
      [fileOf({}, "\n\u001b[31mCannot find module\u001b[39m\n")],
      "it was not judged at all: Cannot find module",
    ],
  ])("a service %s was not judged, which is a failure", (_, files, why) => {
    expect(judgement([queue], files)).toMatchObject([{ passed: 0, failures: [why] }]);
  });

  test("its table stays within 120 columns", () => {
    const beyond = Array.from({ length: 40 }, (_, index) => `something that moto lacks, number ${index}`);
    const text = judgementText(judgement([{ ...queue, beyond }], [fileOf({ one: "passed" })]));
    expect(Math.max(...text.split("\n").map((line) => line.length))).toBeLessThanOrEqual(120);
    expect(text.replaceAll(/\s+/g, " ")).toContain(beyond.join("; "));
  });
});

describe("services that are judged", () => {
  const clientsIn = (folder: string): string[] =>
    sourceFiles(folder)
      .filter(({ path }) => !path.startsWith("src/sandbox/"))
      .flatMap(importsOf)
      .flatMap((name) => /^@aws-sdk\/(client-[\w-]+)/.exec(name)?.[1] ?? []);

  test("are all that the product and its scripts call", () => {
    const called = new Set([...clientsIn("src"), ...clientsIn("scripts")]);
    expect(called.size).toBeGreaterThan(5);
    expect([...called].toSorted()).toEqual(judged.map(({ client }) => client).toSorted());
  });

  test("have a file of tests each, and every file is of a service", () => {
    for (const { file } of judged) expect(existsSync(join(root, `test/aws/${file}.test.ts`))).toBe(true);
    const files = readdirSync(join(root, "test/aws")).filter((name) => name.endsWith(".test.ts"));
    expect(files.toSorted()).toEqual(judged.map(({ file }) => `${file}.test.ts`).toSorted());
  });

  test("are judged by a moto of one version, in CI too", () => {
    expect(textOf("scripts/test-aws.ts")).toMatch(/"moto\[server\]==\d+\.\d+\.\d+"/);
    expect(textOf(".ci/run")).toContain("npm run --silent test:aws");
  });
});
