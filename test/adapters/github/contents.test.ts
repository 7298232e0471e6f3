import { afterEach, beforeEach, describe, expect, test } from "@jest/globals";
import { mockGithub, repository, tokenRequests, type MockGithub, type Reply } from "./mock-github.ts";
import { sampleAnswer } from "./sample-answer.ts";

const TOKENS = "/app/installations/5/access_tokens";
const missing: Reply = { status: 404, body: { message: "Not Found" } };
const links = { self: "https://x.test/a", git: null, html: null };
const address = { url: "https://x.test/a", git_url: null, html_url: null, download_url: "https://x.test/raw" };
const entry = (path: string, fields: object = {}): object => ({
  type: "file",
  name: path,
  path,
  sha: `sha of ${path}`,
  size: 3,
  ...address,
  _links: links,
  ...fields,
});

let mock: MockGithub;
beforeEach(() => {
  mock = mockGithub();
});
afterEach(() => mock.check());

describe("listFiles", () => {
  const FOLDER = "/repos/octo/site/contents/.github%2Fworkflows";
  const list = async () => await mock.github.listFiles(repository, ".github/workflows");
  beforeEach(() => mock.grantTokens());

  test("gives the files of a folder, and neither folders, links nor submodules", async () => {
    const body = [
      entry("a.yml"),
      entry("b.yml", { size: 0 }),
      entry("old", { type: "dir", size: 0, download_url: null }),
      entry("link.yml", { type: "symlink" }),
      entry("other", { size: 0, download_url: null }),
    ];
    mock.on("GET", FOLDER, { body });
    expect(await list()).toEqual([
      { path: "a.yml", sha: "sha of a.yml", bytes: 3 },
      { path: "b.yml", sha: "sha of b.yml", bytes: 0 },
    ]);
    expect(tokenRequests(mock)[0]?.body).toEqual({
      repository_ids: [7],
      permissions: { actions: "read", contents: "read" },
    });
  });

  test("undefined for a file, and for what is not there", async () => {
    mock.on("GET", FOLDER, { body: entry("workflows", { content: "eA==", encoding: "base64" }) });
    expect(await list()).toBeUndefined();
    mock.on("GET", FOLDER, missing);
    expect(await list()).toBeUndefined();
  });

  test("reads at the same time share one request, later ones do not", async () => {
    mock.on("GET", FOLDER, { body: [entry("a.yml")] });
    const lists = await Promise.all([list(), list(), list()]);
    expect(lists.map((files) => files?.length)).toEqual([1, 1, 1]);
    mock.on("GET", FOLDER, { body: [] });
    expect(await list()).toEqual([]);
  });

  test("a connection that breaks means no empty folder", async () => {
    mock.on("GET", FOLDER, { breaks: "ECONNRESET" });
    await expect(list()).rejects.toMatchObject({ facts: { kind: "unavailable", operation: "get-content" } });
  });
});

describe("readOwnersFile", () => {
  const FILE = "/repos/octo/.github-private/contents/.github%2Frunner.yml";
  const read = async () => await mock.github.readOwnersFile(repository, ".github-private", ".github/runner.yml");
  const file = (text: string): Reply => ({
    body: {
      ...sampleAnswer("repos/get-content", 200, {}),
      ...entry("runner.yml"),
      content: Buffer.from(text).toString("base64"),
      encoding: "base64",
      size: text.length,
    },
  });

  test("by a token for that repository by its name, to read only, which is shared while it lives", async () => {
    mock.grantTokens();
    mock.on("GET", FILE, file("one"));
    expect(await Promise.all([read(), read()])).toEqual(["one", "one"]);
    mock.on("GET", FILE, file("two"));
    expect(await read()).toBe("two");
    expect(tokenRequests(mock).map(({ path, body }) => [path, body])).toEqual([
      [TOKENS, { repositories: [".github-private"], permissions: { contents: "read" } }],
    ]);
  });

  test("above 1 MB the raw media type brings the content", async () => {
    mock.grantTokens();
    const text = "x".repeat(1_200_000);
    const body = { ...(file("").body as object), encoding: "none", size: text.length };
    mock.on("GET", FILE, { body });
    mock.on("GET", FILE, { text, headers: { "content-type": "application/vnd.github.raw; charset=utf-8" } });
    expect(await read()).toBe(text);
  });

  test("undefined when there is no such file", async () => {
    mock.grantTokens();
    mock.on("GET", FILE, missing);
    expect(await read()).toBeUndefined();
  });

  const accessible =
    "There is at least one repository that does not exist or is not accessible to the parent installation.";
  test.each<[number, string]>([
    [422, accessible],
    [422, "The permissions requested are not granted to this installation."],
    [404, "Not Found"],
    [403, "This installation has been suspended"],
  ])(
    "undefined when there is no token for that repository: %i %s; asked again the next time",
    async (status, message) => {
      mock.on("POST", TOKENS, { status, body: { message, documentation_url: "https://docs.github.com" } });
      expect(await read()).toBeUndefined();
      mock.grantTokens();
      mock.on("GET", FILE, file("one"));
      expect(await read()).toBe("one");
    },
  );

  test.each<[Reply, string]>([
    [{ status: 429, body: { message: "Too Many Requests" } }, "rate-limited"],
    [{ status: 502, text: "{}" }, "unavailable"],
    [{ status: 401, body: { message: "Bad credentials" } }, "unauthorized"],
  ])("a token that cannot be had now (%j) means no missing file", async (reply, kind) => {
    mock.on("POST", TOKENS, reply);
    await expect(read()).rejects.toMatchObject({ facts: { kind } });
  });
});
