import { afterEach, beforeEach, describe, expect, test } from "@jest/globals";
import { mockGithub, repository, STORE, tokenRequests, type MockGithub, type StoreReply } from "./mock-github.ts";

const LOGS = "/repos/octo/site/actions/jobs/21/logs";
const KEPT = "/logs/21?sig=a-signature";
const MOST = 256 * 1024;
const END = `bytes=-${MOST}`;

let mock: MockGithub;
beforeEach(() => {
  mock = mockGithub();
  mock.grantTokens();
});
afterEach(() => mock.check());

/** Reads the log; GitHub sends to the store, which answers this, in this order. */
async function readFrom(...replies: StoreReply[]): Promise<string | undefined> {
  mock.on("GET", LOGS, { status: 302, headers: { location: `${STORE}${KEPT}` } });
  for (const reply of replies) mock.onStore(KEPT, reply);
  return await mock.github.readJobLog(repository, 21);
}
const ranges = (): (string | undefined)[] => mock.stored.map(({ headers }) => headers["range"]);

test("comes from the store that GitHub names, which sees no token", async () => {
  const content = "one\ntwo\n";
  expect(await readFrom({ status: 206, content, headers: { "content-range": "bytes 0-7/8" } })).toBe(content);
  expect(tokenRequests(mock)[0]?.body).toEqual({ repository_ids: [7], permissions: { actions: "read" } });
  expect(mock.seen.at(-1)?.headers["authorization"]).toMatch(/^token /);
  expect(Object.keys(mock.stored[0]?.headers ?? {})).not.toContain("authorization");
  expect(ranges()).toEqual([END]);
});

describe("of a long log the end is read", () => {
  const lines = Array.from({ length: 40_000 }, (_, index) => `line ${index} äöü`).join("\n");
  const bytes = Buffer.from(lines);
  const from = bytes.length - MOST;

  test("by its length, where the store cannot count from the end", async () => {
    const whole = { content: lines, headers: { "content-length": String(bytes.length) } };
    expect(await readFrom(whole, { status: 206, content: "the end" })).toBe("the end");
    expect(ranges()).toEqual([END, `bytes=${from}-${bytes.length - 1}`]);
  });

  test("whatever comes before it, where the store knows no ranges and no length", async () => {
    const log = (await readFrom({ content: lines })) ?? "";
    expect(Buffer.byteLength(log)).toBeLessThanOrEqual(MOST);
    expect(Buffer.byteLength(log)).toBeGreaterThan(MOST - 4);
    expect(lines.endsWith(log)).toBe(true);
  });

  test.each([1, 2])("from its first whole character on, %i bytes of another left out", async (cut) => {
    expect(await readFrom({ status: 206, content: Buffer.from("€end").subarray(cut) })).toBe("end");
  });
});

test("a short log is read by one request, whatever the store knows of ranges", async () => {
  expect(await readFrom({ content: "all", headers: { "content-length": "3" } })).toBe("all");
  expect(ranges()).toEqual([END]);
});

test.each([
  [400, "all"],
  [416, ""],
])("a store that answers %i to the range is asked for everything", async (status, content) => {
  expect(await readFrom({ status }, { content })).toBe(content);
  expect(ranges()).toEqual([END, undefined]);
});

describe("undefined", () => {
  test.each([404, 410])("when GitHub answers %i: the job goes on, or its log has expired", async (status) => {
    mock.on("GET", LOGS, { status, body: { message: "Not Found" } });
    expect(await mock.github.readJobLog(repository, 21)).toBeUndefined();
  });

  test.each([404, 410])("when the store answers %i: the log was never finished", async (status) => {
    expect(await readFrom({ status, content: "<Error><Code>BlobNotFound</Code></Error>" })).toBeUndefined();
  });
});

describe("a store that cannot be read", () => {
  test.each<[string, StoreReply, string]>([
    ["answers 403", { status: 403 }, "it answered 403"],
    ["answers 500", { status: 500 }, "it answered 500"],
    ["breaks", { breaks: "ECONNRESET" }, "the connection failed (ECONNRESET)"],
  ])("that %s is told without its address", async (_what, reply, reason) => {
    const error: unknown = await readFrom(reply).catch((thrown: unknown) => thrown);
    const message = `the store of the log cannot be read: ${reason}`;
    expect(error).toMatchObject({ facts: { kind: "unavailable", operation: "download-job-log", message } });
    expect(String(error) + JSON.stringify(mock.logged)).not.toContain("a-signature");
  });

  test("that GitHub does not name is no answer", async () => {
    mock.on("GET", LOGS, { status: 302 });
    await expect(mock.github.readJobLog(repository, 21)).rejects.toMatchObject({ facts: { kind: "unavailable" } });
  });
});
