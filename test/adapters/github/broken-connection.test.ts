import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { afterAll, beforeAll, beforeEach, describe, expect, jest, test } from "@jest/globals";
import nock from "nock";
import { githubApp } from "../../../src/adapters/github/github-app.ts";
import type { GitHub } from "../../../src/core/ports.ts";
import { appKeys, repository } from "./mock-github.ts";

/** A real socket, because what Octokit makes of a connection that ends in the middle is the point here. */
let respond: (response: ServerResponse) => void = () => {};
let requests: string[] = [];
let github: GitHub;
/** Ends the time of the request that was sent last: how fast this computer is just now decides nothing. */
let expire: () => void = () => {};
let limitsMs: number[] = [];

const server = createServer((request: IncomingMessage, response) => {
  if (request.url?.endsWith("/access_tokens") === true) {
    const expiresAt = new Date(Date.now() + 3_600_000).toISOString();
    response.writeHead(201, { "content-type": "application/json" });
    response.end(JSON.stringify({ token: "ghs_x", expires_at: expiresAt }));
    return;
  }
  requests.push(`${request.method ?? ""} ${request.url ?? ""}`);
  request.resume().on("end", () => respond(response));
});

beforeAll(async () => {
  nock.enableNetConnect("127.0.0.1");
  await new Promise<void>((resolve) => void server.listen(0, "127.0.0.1", resolve));
  const nothing = (): void => {};
  github = githubApp({
    appId: 1,
    privateKey: appKeys.privateKey,
    baseUrl: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    log: { debug: nothing, info: nothing, warn: nothing, error: nothing },
    clock: { nowMs: () => Date.now() },
    timeoutMs: 250,
  });
});
beforeEach(() => {
  requests = [];
  limitsMs = [];
  jest.spyOn(AbortSignal, "timeout").mockImplementation((ms) => {
    limitsMs.push(ms);
    const time = new AbortController();
    expire = () => time.abort(new DOMException(`no answer within ${ms} ms`, "TimeoutError"));
    return time.signal;
  });
});
afterAll(async () => {
  server.closeAllConnections();
  await new Promise((resolve) => void server.close(resolve));
});

const ways: [string, (response: ServerResponse) => void][] = [
  ["before the answer", (response) => void response.destroy()],
  [
    "in the middle of the answer",
    (response) => {
      response.writeHead(201, { "content-type": "application/json; charset=utf-8", "content-length": "5000" });
      response.write('{"runner":{"id":23', () => void response.destroy());
    },
  ],
  ["by our own time limit, for nothing comes", () => expire()],
];

describe.each(ways)("a connection that ends %s", (_when, way) => {
  test("is a lost reply of a JIT config, asked for once", async () => {
    respond = way;
    const minted = github.mintJitConfig({ repository }, { name: "mayfly-1-1-1", labels: ["mayfly"] });
    await expect(minted).rejects.toMatchObject({ facts: { kind: "lost-reply", operation: "generate-jitconfig" } });
    expect(requests).toEqual(["POST /repos/octo/site/actions/runners/generate-jitconfig"]);
    expect(new Set(limitsMs)).toEqual(new Set([250]));
  });

  test("means to a file that GitHub is unavailable, not that the file is empty", async () => {
    respond = way;
    await expect(github.readFile(repository, "a.yml", "main")).rejects.toMatchObject({
      facts: { kind: "unavailable" },
    });
    expect(requests).toHaveLength(1);
  });
});

test("a large file that breaks off is no shorter file", async () => {
  respond = (response) => {
    if (requests.length === 1) {
      response.writeHead(200, { "content-type": "application/json" });
      response.end(JSON.stringify({ type: "file", encoding: "none", size: 2_000_000, content: "" }));
      return;
    }
    response.writeHead(200, {
      "content-type": "application/vnd.github.raw; charset=utf-8",
      "content-length": "2000000",
    });
    response.write("name: ci", () => void response.destroy());
  };
  await expect(github.readFile(repository, "a.yml", "main")).rejects.toMatchObject({ facts: { kind: "unavailable" } });
  expect(requests).toHaveLength(2);
});
