import { connect } from "node:net";
import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { describe, expect, test } from "@jest/globals";
import { assert, asyncProperty, uint8Array } from "fast-check";
import { answerHost, hostLimits } from "../../../src/entrypoints/host-channel/answer-host.ts";
import type { HostReply, HostRequest } from "../../../src/entrypoints/host-channel/answer-host.ts";
import { hostRoutes } from "../../../src/entrypoints/local/host-routes.ts";

/** What reached the core, and the door in front of it. */
function door(limits = hostLimits): {
  readonly reached: unknown[];
  readonly answer: (body: HostRequest["body"] | string, changes?: Partial<HostRequest>) => Promise<HostReply>;
} {
  const reached: unknown[] = [];
  const app = {
    async onHost(path: string, body: unknown) {
      reached.push([path, body]);
      return { status: 204 };
    },
  };
  return {
    reached,
    answer: async (body, changes = {}) =>
      await answerHost(
        app,
        {
          method: "POST",
          path: "/host/claim",
          contentType: "application/json",
          contentLength: undefined,
          body: typeof body === "string" ? [Buffer.from(body)] : body,
          ...changes,
        },
        limits,
      ),
  };
}

const never = new Promise<never>(() => undefined);

describe("what reaches the core", () => {
  test.each<[string, Partial<HostRequest>]>([
    ["as hosts send it", {}],
    ["with a charset", { contentType: "application/json; charset=utf-8" }],
    ["in other letters", { contentType: "Application/JSON" }],
    ["an event", { path: "/host/event" }],
    ["a question about a job", { path: "/host/job" }],
    ["with a query, which means nothing", { path: "/host/event?runner=other" }],
  ])("a request %s", async (_, changes) => {
    const { reached, answer } = door();
    expect(await answer('{"runner":"ü"}', changes)).toMatchObject({ status: 204, unread: false });
    expect(reached).toEqual([[changes.path?.replace(/\?.*/, "") ?? "/host/claim", { runner: "ü" }]]);
  });

  test("the largest body and the deepest one that are allowed", async () => {
    const { reached, answer } = door();
    const deep = "[".repeat(hostLimits.mostDepth) + "]".repeat(hostLimits.mostDepth);
    await answer(deep);
    await answer(`"${"x".repeat(hostLimits.mostBytes - 2)}"`);
    await answer(`"${"[{".repeat(100)}\\""`);
    expect(reached).toHaveLength(3);
  });

  test("pieces are put together as bytes, wherever they are cut", async () => {
    const bytes = Buffer.from('{"runner":"🦋"}');
    for (let at = 0; at <= bytes.length; at += 1) {
      const { reached, answer } = door();
      await answer([bytes.subarray(0, at), bytes.subarray(at)]);
      expect(reached).toEqual([["/host/claim", { runner: "🦋" }]]);
    }
  });
});

describe("what does not", () => {
  test.each<[string, HostRequest["body"] | string, number, Partial<HostRequest>]>([
    ["nothing", "", 400, {}],
    ["no JSON", "{", 400, {}],
    ["something behind the JSON", "{} x", 400, {}],
    ["a byte order mark", "\ufeff{}", 400, {}],
    ["bytes that are no UTF-8", [Buffer.from('{"runner":"\xff"}', "latin1")], 400, {}],
    ["half a character", [Buffer.from('{"a":"🦋"}').subarray(0, 8), Buffer.from('"}')], 400, {}],
    ["UTF-16", [Buffer.from('{"a":1}', "utf16le")], 400, {}],
    ["one level too many", `${"[".repeat(hostLimits.mostDepth + 1)}${"]".repeat(hostLimits.mostDepth + 1)}`, 400, {}],
    ["one byte too many", `"${"x".repeat(hostLimits.mostBytes - 1)}"`, 400, {}],
    ["no content type", "{}", 400, { contentType: undefined }],
    ["a form", "{}", 400, { contentType: "application/x-www-form-urlencoded" }],
    ["text", "{}", 400, { contentType: "text/plain; application/json" }],
    ["a type that only begins alike", "{}", 400, { contentType: "application/jsonp" }],
    ["another method", "{}", 405, { method: "PUT" }],
    ["the method in small letters", "{}", 405, { method: "post" }],
    ["another path", "{}", 404, { path: "/host/else" }],
    ["a path that only looks alike", "{}", 404, { path: "/host/claim/" }],
    ["a path with more behind it", "{}", 404, { path: "/host/job/1" }],
    ["an encoded path", "{}", 404, { path: "/host/%63laim" }],
    ["a path with dots", "{}", 404, { path: "/host/../host/claim" }],
  ])("%s", async (_, body, status, changes) => {
    const { reached, answer } = door();
    expect((await answer(body, changes)).status).toBe(status);
    expect(reached).toEqual([]);
  });

  test("a body that never ends is refused as soon as it is too large, and then nobody reads on", async () => {
    let [pulled, closed] = [0, false];
    async function* endless(): AsyncGenerator<Uint8Array> {
      try {
        for (;;) {
          pulled += 1;
          yield Buffer.alloc(1024, "[");
        }
      } finally {
        closed = true;
      }
    }
    const { reached, answer } = door();
    expect(await answer(endless())).toMatchObject({ status: 400, unread: true });
    expect(pulled).toBe(hostLimits.mostBytes / 1024 + 1);
    expect(closed).toBe(true);
    expect(reached).toEqual([]);
  });

  test.each<[string, Partial<HostRequest>, number]>([
    ["a length that is too large", { contentLength: String(hostLimits.mostBytes + 1) }, 400],
    ["a wrong type", { contentType: "text/plain" }, 400],
    ["a wrong path", { path: "/host/" }, 404],
    ["a wrong method", { method: "GET" }, 405],
  ])("with %s the body is not read at all", async (_, changes, status) => {
    const body: AsyncIterable<Uint8Array> = {
      [Symbol.asyncIterator]: () => {
        throw new Error("read");
      },
    };
    expect(await door().answer(body, changes)).toMatchObject({ status, unread: true });
  });

  test("a body that stops coming is answered 408 when its time is over", async () => {
    async function* slow(): AsyncGenerator<Uint8Array> {
      yield Buffer.from("{");
      await never;
    }
    const { reached, answer } = door({ ...hostLimits, withinMs: 20 });
    expect(await answer(slow())).toMatchObject({ status: 408, unread: true });
    expect(reached).toEqual([]);
  });

  test("a sender that goes away reaches nothing and breaks nothing", async () => {
    async function* gone(): AsyncGenerator<Uint8Array> {
      yield Buffer.from("{}");
      throw new Error("aborted");
    }
    const { reached, answer } = door();
    expect((await answer(gone())).status).toBe(400);
    expect(reached).toEqual([]);
  });

  test("any bytes: the core sees exactly what a strict reader sees", async () => {
    const strict = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });
    await assert(
      asyncProperty(uint8Array({ maxLength: 40 }), async (bytes) => {
        const { reached, answer } = door();
        const { status } = await answer([bytes]);
        let value: unknown;
        try {
          value = JSON.parse(strict.decode(bytes));
        } catch {
          expect([status, reached]).toEqual([400, []]);
          return;
        }
        expect([status, reached]).toEqual([204, [["/host/claim", value]]]);
      }),
    );
  });
});

test("an answer with a secret in it is kept by nobody in between", async () => {
  const app = { onHost: async () => ({ status: 200, body: { jitConfig: "x" } }) };
  const request = { method: "POST", path: "/host/claim", contentType: "application/json", contentLength: undefined };
  expect(await answerHost(app, { ...request, body: [Buffer.from("{}")] })).toEqual({
    status: 200,
    headers: { "content-type": "application/json", "cache-control": "no-store" },
    body: '{"jitConfig":"x"}',
    unread: false,
  });
});

describe("on a connection", () => {
  /** What a raw connection gets back until the server closes it. */
  async function speak(limits: typeof hostLimits, say: (write: (text: string) => boolean) => void): Promise<string> {
    const handle = hostRoutes({ onHost: async () => ({ status: 204 }) }, limits);
    const server = createServer((request, response) => void handle(request, response));
    await new Promise<void>((done) => server.listen(0, "127.0.0.1", done));
    const socket = connect((server.address() as AddressInfo).port, "127.0.0.1");
    // what is written to a closed connection is an error of the writer's only
    socket.on("error", () => undefined);
    let got = "";
    socket.on("data", (data) => (got += data.toString()));
    const closed = once(socket, "close");
    await once(socket, "connect");
    say((text) => socket.write(text));
    await closed;
    server.closeAllConnections();
    await new Promise((done) => server.close(done));
    return got;
  }
  const head = (more: string): string =>
    `POST /host/claim HTTP/1.1\r\nHost: h\r\nContent-Type: application/json\r\n${more}\r\n\r\n`;

  test("a body announced as huge is refused before it comes, and the connection is closed", async () => {
    const got = await speak(hostLimits, (write) => write(head("Content-Length: 10000000000")));
    expect(got).toMatch(/^HTTP\/1\.1 400 /);
    expect(got).toMatch(/^connection: close\r$/im);
  });

  test("a body in endless pieces is refused while it comes, and the connection is closed", async () => {
    const piece = `400\r\n${"[".repeat(1024)}\r\n`;
    const got = await speak(hostLimits, (write) => {
      write(head("Transfer-Encoding: chunked"));
      // not more than is read: what lies unread when a connection is closed may cost the answer
      for (let sent = 0; sent <= hostLimits.mostBytes / 1024; sent += 1) write(piece);
    });
    expect(got).toMatch(/^HTTP\/1\.1 400 /);
  });

  test("a body that stops coming is refused, and the connection is closed", async () => {
    const got = await speak({ ...hostLimits, withinMs: 20 }, (write) => write(`${head("Content-Length: 100")}{`));
    expect(got).toMatch(/^HTTP\/1\.1 408 /);
  });

  test("one request after the other goes over one connection", async () => {
    const got = await speak(hostLimits, (write) => {
      write(`${head("Content-Length: 2")}{}`);
      write(`${head("Content-Length: 2\r\nConnection: close")}{}`);
    });
    expect(got.match(/HTTP\/1\.1 204 /g)).toHaveLength(2);
  });
});
