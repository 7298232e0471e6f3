import { afterAll, beforeAll, expect, test } from "@jest/globals";
import { cleanUp, expectAllServed, once } from "./npm-start.ts";
import type { Once } from "./npm-start.ts";

afterAll(cleanUp);

const cases = [
  ["lambda.Invoke:lost-reply:99", "github.webhook:drop:1"],
  ["lambda.Invoke:duplicate:3", "github.generate-jitconfig:lost-reply:1", "github.create:lost-reply:1"],
  ["lambda.Invoke:TooManyRequestsException:2", "github.generate-jitconfig:502:2", "github.webhook:duplicate:99"],
].map((faults) => ({ faults, title: faults.join(" and ") }));

/** They mostly wait, so they run at the same time. */
const runs = new Map<string, Once>();

beforeAll(async () => {
  await Promise.all(
    cases.map(async ({ faults, title }) => {
      runs.set(title, await once(...faults.flatMap((fault) => ["--fault", fault])));
    }),
  );
});

test.each(cases)("$title: every job runs on one machine all the same, one check run", ({ title }) => {
  const run = runs.get(title);
  if (run === undefined) throw new Error("it did not end");
  expectAllServed(run, 6);
  expect(run.checkRuns).toHaveLength(1);
  expect(run.checkRuns[0]?.annotations).toHaveLength(6);
});
