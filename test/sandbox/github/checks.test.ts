import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";

import { startRig, type Rig, textOf } from "./rig.ts";

let rig: Rig;
let sha: string;
let token: string;
const CHECKS = "/repos/octo/repo/check-runs";

beforeAll(async () => {
  rig = await startRig();
  const files = {
    ".github/workflows/ci.yml": "on: push\njobs:\n  a:\n    runs-on: mayfly\n    steps: [{run: 'true'}]\n",
  };
  ({ sha } = await rig.push(files));
  token = await rig.token();
});
afterAll(() => rig.close());

function annotations(count: number, more: object = {}): object[] {
  return Array.from({ length: count }, (_, index) => ({
    path: "a.yml",
    start_line: index + 1,
    end_line: index + 1,
    annotation_level: "notice",
    message: `number ${index}`,
    ...more,
  }));
}

const output = (more: object = {}) => ({ title: "t", summary: "s", ...more });
const create = (body: object) => rig.call("POST", CHECKS, token, { name: "Mayfly", head_sha: sha, ...body });

describe("a check run", () => {
  test("is created queued, completed by its conclusion, opened again by a status", async () => {
    const made = await create({ external_id: "x1" });
    expect([made.status, made.json]).toMatchObject([201, { status: "queued", conclusion: null, external_id: "x1" }]);
    const path = `${CHECKS}/${textOf(made.json?.id)}`;
    const done = await rig.call("PATCH", path, token, { conclusion: "neutral", output: output({ text: "more" }) });
    expect(done.json).toMatchObject({ status: "completed", conclusion: "neutral", output: { text: "more" } });
    expect(done.json?.completed_at).toBeTruthy();
    await rig.call("PATCH", path, token, { status: "in_progress" });
    const read = await rig.call("GET", path, token);
    expect(read.json).toMatchObject({ status: "in_progress", conclusion: null, completed_at: null });
    expect(read.json?.output).toMatchObject({ title: "t", text: "more" });
  });

  test("its annotations are appended, never replaced, 50 a request", async () => {
    const made = await create({ name: "Annotated", output: output({ annotations: annotations(50) }) });
    const path = `${CHECKS}/${textOf(made.json?.id)}`;
    const more = await rig.call("PATCH", path, token, { output: output({ annotations: annotations(3) }) });
    expect(more.json?.output?.annotations_count).toBe(53);
    const first = await rig.call("GET", `${path}/annotations?per_page=50`, token);
    const second = await rig.call("GET", `${path}/annotations?per_page=50&page=2`, token);
    expect([JSON.parse(first.text), JSON.parse(second.text)].map((list: unknown[]) => list.length)).toEqual([50, 3]);
  });

  test.each([
    ["a commit that is not there", { head_sha: "f".repeat(40) }],
    ["completed without a conclusion", { status: "completed", conclusion: undefined }],
    [
      "a message over 64 KB in bytes",
      { output: output({ annotations: annotations(1, { message: "ü".repeat(32_769) }) }) },
    ],
    ["a title over 255", { output: output({ annotations: annotations(1, { title: "x".repeat(256) }) }) }],
    ["an end before its start", { output: output({ annotations: annotations(1, { start_line: 9 }) }) }],
    [
      "columns over several lines",
      { output: output({ annotations: annotations(1, { end_line: 5, start_column: 1 }) }) },
    ],
  ])("%s is a 422", async (_name, body) => {
    const before = rig.github.checkRuns().length;
    expect((await create(body)).status).toBe(422);
    expect(rig.github.checkRuns()).toHaveLength(before);
  });

  test("the list for a commit holds the jobs' own check runs too; ours are found by name, App and filter", async () => {
    await create({ name: "Twice", external_id: "old" });
    await create({ name: "Twice", external_id: "new" });
    const list = async (query: string) => {
      const reply = await rig.call("GET", `/repos/octo/repo/commits/${sha}/check-runs?${query}`, token);
      const runs = reply.json?.check_runs as unknown as { name: string; external_id: string }[];
      return runs.map(({ name, external_id: id }) => (name === "Twice" ? id : name));
    };
    expect(await list("check_name=Twice")).toEqual(["new"]);
    expect(await list("check_name=Twice&filter=all")).toEqual(["new", "old"]);
    expect(await list("check_name=a")).toEqual(["a"]);
    expect(await list("check_name=a&app_id=4711")).toEqual([]);
    expect(await list("status=completed")).toEqual([]);
  });

  test("of another App cannot be changed; one that is not there is a 404", async () => {
    const [job] = rig.github.jobs();
    const changed = await rig.call("PATCH", `${CHECKS}/${job?.id}`, token, { name: "mine now" });
    expect(changed.status).toBe(403);
    expect((await rig.call("PATCH", `${CHECKS}/1`, token, { name: "x" })).status).toBe(404);
    expect((await rig.call("GET", `${CHECKS}/1`, token)).status).toBe(404);
    expect(rig.github.violations()).toEqual([]);
  });

  test.each([
    ["51 annotations", { output: output({ annotations: annotations(51) }) }],
    ["a summary of 65,536 characters", { output: output({ summary: "x".repeat(65_536) }) }],
    ["an output without a summary", { output: { title: "t" } }],
  ])("%s is a 422 and, as the API description says so, a violation", async (_name, body) => {
    const before = rig.github.violations().length;
    expect((await create(body)).status).toBe(422);
    expect(rig.github.violations().length).toBeGreaterThan(before);
  });
});
