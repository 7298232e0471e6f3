import { afterAll, beforeAll, expect, test } from "@jest/globals";
import { cleanUp, expectAllServed, once } from "./npm-start.ts";
import type { Once } from "./npm-start.ts";

afterAll(cleanUp);

const faults = [
  "lambda.Invoke:lost-reply:99",
  "lambda.Invoke:duplicate:3",
  "lambda.Invoke:TooManyRequestsException:2",
  "github.generate-jitconfig:lost-reply:1",
  "github.generate-jitconfig:502:2",
  "github.webhook:drop:1",
  "github.webhook:duplicate:99",
  "github.create:lost-reply:1",
];

/** They mostly wait, so several run at the same time. */
const atOnce = 4;
const runs = new Map<string, Once>();

beforeAll(async () => {
  const waiting = [...faults];
  const work = async (): Promise<void> => {
    for (let fault = waiting.shift(); fault !== undefined; fault = waiting.shift()) {
      runs.set(fault, await once("--fault", fault));
    }
  };
  await Promise.all(Array.from({ length: atOnce }, work));
});

test.each(faults)("%s: every job runs on one machine all the same, one check run", (fault) => {
  const run = runs.get(fault);
  if (run === undefined) throw new Error("it did not end");
  expectAllServed(run, 6);
  expect(run.checkRuns).toHaveLength(1);
  expect(run.checkRuns[0]?.annotations).toHaveLength(6);
});
