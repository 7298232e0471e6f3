import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Writable } from "node:stream";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "@jest/globals";
import { deployedFunction } from "../../../../src/sandbox/aws/functions/deployed-function.ts";
import type { DeployedFunction } from "../../../../src/sandbox/aws/functions/deployed-function.ts";
import { startHttpApi } from "../../../../src/sandbox/aws/functions/http-api.ts";
import { freePort } from "../../../../src/entrypoints/local/free-port.ts";

let folder = "";
let logged = "";
const open: { close(): Promise<void> }[] = [];

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "mayfly-functions-"));
});
afterEach(async () => {
  for (const one of open.splice(0)) await one.close();
  logged = "";
});
afterAll(async () => {
  await rm(folder, { recursive: true });
});

let files = 0;

async function deploy(
  code: string,
  changes: { timeoutMs?: number; mostEnvironments?: number } = {},
): Promise<DeployedFunction> {
  files += 1;
  const bundle = join(folder, `function-${files}.mjs`);
  await writeFile(bundle, code);
  const log = new Writable({
    write(chunk: Buffer, _, done) {
      logged += chunk.toString();
      done();
    },
  });
  const options = { name: "one", bundle, env: { GREETING: "hello" }, timeoutMs: 5000, mostEnvironments: 2, log };
  const made = deployedFunction({ ...options, ...changes });
  open.push(made);
  return made;
}

describe("a zip function of Lambda", () => {
  test("has its own variables and no others, keeps what it made, and writes its log", async () => {
    const one = await deploy(`
      let served = 0;
      export const handler = async (event, context) => {
        console.log("served " + event.name);
        served += 1;
        return { served, env: process.env, left: context.getRemainingTimeInMillis() > 1000, id: context.awsRequestId.length };
      };`);
    expect(await one.invoke({ name: "a" })).toEqual({
      result: { served: 1, env: { GREETING: "hello" }, left: true, id: 36 },
    });
    expect(await one.invoke({ name: "b" })).toMatchObject({ result: { served: 2 } });
    expect(one.environments()).toBe(1);
    expect(logged).toContain("served a\n");
  });

  test("an environment serves one event at a time; as many as allowed work at once, others wait", async () => {
    const one = await deploy(`
      let busy = 0;
      export const handler = async () => {
        busy += 1;
        const at = busy;
        await new Promise((resolve) => setTimeout(resolve, 50));
        busy -= 1;
        return at;
      };`);
    const all = await Promise.all(Array.from({ length: 6 }, () => one.invoke({})));
    expect(all).toEqual(Array.from({ length: 6 }, () => ({ result: 1 })));
    expect(one.environments()).toBe(2);
  });

  test("an error is the event's; the environment goes on", async () => {
    const one = await deploy(`
      let served = 0;
      export const handler = async ({ fail }) => {
        served += 1;
        if (fail) throw new Error("broken");
        return served;
      };`);
    expect(await one.invoke({ fail: true })).toMatchObject({ error: expect.stringContaining("broken") });
    expect(await one.invoke({})).toEqual({ result: 2 });
  });

  test("one that takes too long is ended, and so is what it was doing; the next event gets a new environment", async () => {
    const one = await deploy(
      `
      let served = 0;
      export const handler = async ({ wait }) => {
        served += 1;
        if (wait) for (;;) {}
        return served;
      };`,
      { timeoutMs: 400 },
    );
    expect(await one.invoke({ wait: true })).toMatchObject({ error: expect.stringContaining("timed out") });
    expect(one.environments()).toBe(0);
    expect(await one.invoke({})).toEqual({ result: 1 });
  });

  test.each([
    ["an error while loading", `throw new Error("no setting");`, "no setting"],
    ["no handler", `export const other = 1;`, "exports no handler"],
    ["an exit", `export const handler = () => process.exit(3);`, "exited"],
  ])("%s is the event's error", async (_, code, words) => {
    const one = await deploy(code);
    expect(await one.invoke({})).toMatchObject({ error: expect.stringContaining(words) });
    expect(await one.invoke({})).toMatchObject({ error: expect.stringContaining(words) });
  });
});

describe("an HTTP API in front of it", () => {
  test("hands requests on as events of format 2.0, and answers as it is told", async () => {
    const echo = await deploy(`
      export const handler = async (event) => ({
        statusCode: 202, headers: { "x-from": "function" },
        body: JSON.stringify([event.version, event.rawPath, event.requestContext.http.method, event.body, event.isBase64Encoded, event.headers["x-a"]]),
      });`);
    const broken = await deploy(`export const handler = async () => "no answer";`);
    const port = await freePort();
    open.push(await startHttpApi({ "POST /echo": echo, "POST /broken": broken }, port));
    const post = async (path: string, type: string, method = "POST"): Promise<Response> =>
      await fetch(`http://127.0.0.1:${port}${path}`, {
        method,
        headers: { "content-type": type, "X-A": "1" },
        ...(method === "POST" && { body: "ä" }),
      });
    const answer = await post("/echo?x=1", "application/json");
    expect([answer.status, answer.headers.get("x-from")]).toEqual([202, "function"]);
    expect(await answer.json()).toEqual(["2.0", "/echo", "POST", "ä", false, "1"]);
    expect(await (await post("/echo", "application/octet-stream")).json()).toMatchObject([
      "2.0",
      "/echo",
      "POST",
      "w6Q=",
      true,
      "1",
    ]);
    expect((await post("/broken", "text/plain")).status).toBe(500);
    expect((await post("/other", "text/plain")).status).toBe(404);
    expect((await post("/echo", "text/plain", "GET")).status).toBe(404);
  });
});
