import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { cleanUp, expectAllServed, once } from "./npm-start.ts";
import type { Once } from "./npm-start.ts";

afterAll(cleanUp);

type Line = Readonly<Record<string, unknown>> & { readonly level?: string };

/** What the functions have written, as CloudWatch Logs would get it. */
async function linesOf({ data }: Once): Promise<Line[]> {
  const text = await readFile(join(data, "mayfly.log"), "utf8");
  return text.trim().split("\n").map((line) => JSON.parse(line) as Line); // prettier-ignore
}

function sum(lines: readonly Line[], metric: string): number {
  return lines.flatMap((line) => [line[metric] ?? []].flat() as number[]).reduce((total, value) => total + value, 0);
}

describe("the functions as they are built and deployed", () => {
  let run: Once;
  let lines: Line[];
  beforeAll(async () => {
    run = await once("--backend", "aws-local");
    lines = await linesOf(run);
  });

  test("serve the sample's jobs on Lambda and on EC2, each on a machine of its own, and leave nothing", () => {
    expectAllServed(run, 6);
    expect(run.jobs.map(({ name, execution }) => `${name}: ${execution}`).toSorted()).toEqual([
      "flaky: lambda",
      "lint: lambda",
      "report: lambda",
      "test (Mayfly): ec2",
      "test (World): ec2",
      "test (a name with blanks): ec2",
    ]);
    expect(run.checkRuns).toHaveLength(1);
    expect(run.checkRuns[0]?.annotations).toHaveLength(6);
  });

  test("every function took part, nothing went wrong, and every line is JSON", () => {
    const services = new Set(lines.flatMap(({ service }) => (typeof service === "string" ? [service] : [])));
    expect([...services].toSorted()).toEqual(["host", "schedule", "webhook", "worker"]);
    expect(lines.filter(({ level }) => level === "WARN" || level === "ERROR")).toEqual([]);
  });

  test("what they measured is what happened", () => {
    expect({
      queued: sum(lines, "JobsQueued"),
      ended: sum(lines, "JobsEnded"),
      launches: sum(lines, "Launches"),
      failures: sum(lines, "LaunchFailures"),
    }).toEqual({ queued: 6, ended: 6, launches: 6, failures: 0 });
    for (const metric of ["QueueToStart", "RunTime", "RunnerCost", "GitHubCallsLeft"]) {
      expect([metric, sum(lines, metric) > 0]).toEqual([metric, true]);
    }
  });

  test("no secret stands in what they wrote", () => {
    const all = JSON.stringify(lines);
    for (const pattern of [/PRIVATE KEY/, /gh[a-z]_[A-Za-z0-9]/, /eyJ[\w-]{10}/, /sha256=/]) {
      expect(all).not.toMatch(pattern);
    }
  });
});

test("with faults: lost and doubled, every job runs once; an event that Lambda drops is planned again by its record", async () => {
  const faults = [
    "github.webhook:drop:1",
    "lambda.Invoke:lost-reply:1",
    "ec2.RunInstances:lost-reply:1",
    "lambda.Invoke:duplicate:1",
    "lambda.Invoke:expire:1",
  ];
  const run = await once("--backend", "aws-local", ...faults.flatMap((fault) => ["--fault", fault]));
  expect([run.code, run.error]).toEqual([0, ""]);
  expect(run.summary).toMatchObject({ jobs: 6, completed: 6, lost: 0, runnersLeft: 0, machinesLeft: 0 });
  expect(JSON.stringify(await linesOf(run))).toContain("Lambda dropped the event: it had no room for it in time");
});
