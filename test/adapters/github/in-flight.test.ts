import { afterEach, beforeEach, describe, expect, test } from "@jest/globals";
import { inTurn } from "../../../src/adapters/github/in-turn.ts";
import { until } from "../../helpers/until.ts";
import { mockGithub, repository, type MockGithub } from "./mock-github.ts";
import { sampleAnswer } from "./sample-answer.ts";

const job = sampleAnswer("actions/get-job-for-workflow-run", 200, {});

/** A promise and what fulfils it. */
function signal(): { readonly given: Promise<void>; readonly give: () => void } {
  let give = (): void => {};
  const given = new Promise<void>((resolve) => void (give = resolve));
  return { given, give: () => give() };
}

describe("requests of an installation", () => {
  let mock: MockGithub;
  beforeEach(() => {
    mock = mockGithub();
    mock.grantTokens();
  });
  afterEach(() => mock.check());

  const jobsAsked = (): number => mock.seen.filter(({ path }) => path.startsWith("/repos/octo/site/")).length;
  const readJobs = (count: number): Promise<unknown>[] =>
    Array.from({ length: count }, (_, index) => mock.github.readJob(repository, index + 1));

  test("90 are under way at most, others wait for their turn, and another installation does not wait", async () => {
    const answers = signal();
    for (let id = 1; id <= 200; id += 1) {
      mock.on("GET", `/repos/octo/site/actions/jobs/${id}`, { body: job, after: answers.given });
    }
    const calls = readJobs(200);
    await until(() => jobsAsked() >= 90);
    // Begun after all the others: what they were going to send would be there before this one's answer
    mock.on("GET", "/repos/octo/docs/actions/jobs/1", { body: job });
    await mock.github.readJob({ ...repository, id: 8, name: "docs", installationId: 6 }, 1);
    expect(jobsAsked()).toBe(90);
    answers.give();
    expect(await Promise.all(calls)).toHaveLength(200);
    expect(jobsAsked()).toBe(200);
  });

  test("those that wait while a limit is met are not sent", async () => {
    const [refusal, answers] = [signal(), signal()];
    mock.on("GET", "/repos/octo/site/actions/jobs/1", {
      status: 429,
      body: { message: "Too Many Requests" },
      after: refusal.given,
    });
    for (let id = 2; id <= 90; id += 1) {
      mock.on("GET", `/repos/octo/site/actions/jobs/${id}`, { body: job, after: answers.given });
    }
    const calls = readJobs(95);
    const ended = Promise.allSettled(calls);
    await until(() => jobsAsked() === 90);
    refusal.give();
    const message = expect.stringContaining("not asked");
    await expect(calls.at(-1)).rejects.toMatchObject({ facts: { kind: "rate-limited", message } });
    answers.give();
    expect((await ended).filter(({ status }) => status === "fulfilled")).toHaveLength(89);
    expect(jobsAsked()).toBe(90);
  });
});

describe("a line", () => {
  test("goes in its order, and work that fails makes room too", async () => {
    const turn = inTurn(1);
    const done: string[] = [];
    const hold = signal();
    const works = [
      turn("a", async () => {
        await hold.given;
        done.push("first");
        throw new Error("no");
      }),
      turn("a", async () => {
        done.push("second");
        throw new Error("no");
      }),
      turn("a", async () => void done.push("third")),
      turn("b", async () => void done.push("other")),
    ];
    await works[3];
    expect(done).toEqual(["other"]);
    hold.give();
    expect((await Promise.allSettled(works)).map(({ status }) => status)).toEqual([
      "rejected",
      "rejected",
      "fulfilled",
      "fulfilled",
    ]);
    expect(done).toEqual(["other", "first", "second", "third"]);
    expect(await turn("a", async () => "as free as before")).toBe("as free as before");
  });

  test("whoever comes as a place is passed on stands behind those who wait", async () => {
    const turn = inTurn(1);
    const done: string[] = [];
    const hold = signal();
    const first = turn("a", () => hold.given);
    const second = turn("a", async () => void done.push("second"));
    const late = first.then(() => turn("a", async () => void done.push("late")));
    hold.give();
    await Promise.all([first, second, late]);
    expect(done).toEqual(["second", "late"]);
  });
});
