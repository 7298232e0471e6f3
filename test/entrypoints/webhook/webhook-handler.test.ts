import { once } from "node:events";
import { connect } from "node:net";
import type { Socket } from "node:net";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "@jest/globals";
import type { WebhookDelivery } from "../../../src/core/pipeline/intake.ts";
import { webhookPath } from "../../../src/entrypoints/local/webhook-path.ts";
import { webhookLimits } from "../../../src/entrypoints/webhook/webhook-handler.ts";
import type { WebhookLimits } from "../../../src/entrypoints/webhook/webhook-handler.ts";
import { jobFacts } from "../../helpers/records.ts";
import { until } from "../../helpers/until.ts";
import { jobPayload } from "../../helpers/world/github.ts";
import { aliveMb } from "./alive-mb.ts";
import { formerSecret, openDoor, secret, signatureOf, signed, withHeader } from "./door.ts";
import type { Door } from "./door.ts";

const kept: WebhookDelivery[] = [];
const keep = {
  onWebhook: async (delivery: WebhookDelivery) => {
    kept.push(delivery);
    return { entries: [], ignored: undefined };
  },
};
const job = jobPayload("queued", jobFacts(1));
const good = signed("workflow_job", job, "guid-1");
const doors: Door[] = [];
const sockets: Socket[] = [];

async function open(limits?: Partial<WebhookLimits>): Promise<Door> {
  const door = await openDoor(keep, limits && { ...webhookLimits, ...limits });
  doors.push(door);
  return door;
}

/** A connection by hand: everything that has come back so far, and whether the other side has closed it. */
function dial({ port }: Door): { socket: Socket; heard: () => string; closed: () => boolean } {
  const socket = connect(port, "127.0.0.1");
  sockets.push(socket);
  let heard = "";
  let closed = false;
  socket.setEncoding("latin1");
  socket.on("data", (text: string) => {
    heard += text;
  });
  // What is written after the other side has closed is lost, and says so.
  socket.on("error", () => {});
  socket.on("close", () => {
    closed = true;
  });
  return { socket, heard: () => heard, closed: () => closed };
}

function head(sent = good, ...more: readonly string[]): string {
  const lines = sent.headers.map(([name, value]) => `${name}: ${value}`);
  return [`POST ${webhookPath} HTTP/1.1`, "Host: mayfly", ...lines, ...more, "", ""].join("\r\n");
}

let door: Door;
beforeAll(async () => {
  door = await open();
});
afterEach(() => {
  kept.length = 0;
  door.app = keep;
  for (const socket of sockets.splice(0)) socket.destroy();
});
afterAll(async () => {
  await Promise.all(doors.map((one) => one.close()));
});

describe("a delivery", () => {
  test("is answered 202 and reaches the core as it was sent", async () => {
    expect(await door.post(good)).toMatchObject({ status: 202, text: "accepted\n" });
    expect(kept).toEqual([{ id: "guid-1", event: "workflow_job", payload: job }]);
  });

  test("that the core does not need is answered 202 and goes nowhere, also under names that Probot uses itself", async () => {
    const names = ["star", "error", "constructor", "installation", "an_event_of_tomorrow"];
    const payload = jobPayload("queued", jobFacts(2, { name: "a private name" }));
    const answers = await Promise.all(names.map((name) => door.post(signed(name, payload, "guid-2"))));
    expect(answers.map(({ status }) => status)).toEqual(names.map(() => 202));
    expect(kept).toEqual([]);
    expect(door.lines.join("")).not.toContain("a private name");
  });

  test("is taken with the former secret as well", async () => {
    expect((await door.post(signed("workflow_job", job, "guid-3", formerSecret))).status).toBe(202);
  });

  test("may come to the path with a slash at its end or with a query", async () => {
    const answers = await Promise.all([`${webhookPath}/`, `${webhookPath}?a=b`].map((path) => door.post(good, path)));
    expect(answers.map(({ status }) => status)).toEqual([202, 202]);
  });

  test("in two bytes at a time is the same delivery", async () => {
    const { socket, heard } = dial(door);
    socket.write(head(good, "Transfer-Encoding: chunked"));
    for (let at = 0; at < good.body.length; at += 2) {
      const piece = good.body.subarray(at, at + 2);
      socket.write(Buffer.concat([Buffer.from(`${piece.length}\r\n`), piece, Buffer.from("\r\n")]));
    }
    socket.write("0\r\n\r\n");
    await until(() => heard().includes("accepted"), heard);
    expect(heard()).toMatch(/^HTTP\/1.1 202 /);
    expect(kept.map(({ payload }) => payload)).toEqual([job]);
  });

  test("that could not be kept is answered 500, and nothing of it stands in the log", async () => {
    door.lines.length = 0;
    door.app = { onWebhook: () => Promise.reject(new Error("the queue is not there")) };
    const payload = jobPayload("queued", jobFacts(7, { name: "a private name" }));
    expect(await door.post(signed("workflow_job", payload, "guid-7"))).toMatchObject({
      status: 500,
      text: "could not be kept\n",
    });
    await until(() => door.lines.some((line) => line.includes(`${webhookPath} 500 `)));
    const log = door.lines.join("");
    expect(log).toContain("the queue is not there");
    expect(log).not.toContain("a private name");
    door.app = keep;
    expect((await door.post(good)).status).toBe(202);
  });
});

describe("doubled headers are seen on the wire", () => {
  test.each<[string, string, readonly string[], number]>([
    ["twice", "X-Hub-Signature-256", [signatureOf(good.body), signatureOf(good.body)], 401],
    ["missing", "X-Hub-Signature-256", [], 401],
    ["twice", "X-GitHub-Event", ["workflow_job", "workflow_job"], 400],
    ["missing", "X-GitHub-Event", [], 400],
    ["twice", "X-GitHub-Delivery", ["guid-1", "guid-2"], 400],
    ["twice", "Content-Type", ["application/json", "application/json"], 415],
    ["there", "Content-Encoding", ["gzip"], 415],
    ["twice", "Content-Length", ["2"], 400],
  ])("%s: %s", async (_, name, values, status) => {
    expect((await door.post(withHeader(good, name, ...values))).status).toBe(status);
    expect(kept).toEqual([]);
  });
});

describe("what is no webhook", () => {
  test.each<[string, string, number]>([
    ["GET", webhookPath, 405],
    ["PUT", webhookPath, 405],
    ["DELETE", webhookPath, 405],
    ["GET", "/ping", 200],
    ["POST", "/api/github/webhook", 404],
    ["POST", `${webhookPath}/more`, 404],
    ["POST", "/", 404],
    ["POST", "//", 400],
    ["POST", "http://[", 400],
  ])("%s %s: %i", async (method, path, status) => {
    const answer = await door.post(good, path, method);
    expect(answer.status).toBe(status);
    if (status === 405) expect(answer.headers["allow"]).toBe("POST");
    expect(kept).toEqual([]);
  });
});

describe("sizes", () => {
  const padded = (bytes: number): ReturnType<typeof signed> => {
    const frame = '{"action":"queued","padding":""}';
    return signed("workflow_job", frame.replace('""', `"${"x".repeat(bytes - frame.length)}"`), "guid-1");
  };

  test("25 MB are taken, as GitHub's limit is, and one byte more is not", async () => {
    const most = padded(25 * 1024 * 1024);
    expect(most.body.length).toBe(25 * 1024 * 1024);
    expect((await door.post(most)).status).toBe(202);
    const { socket, heard, closed } = dial(door);
    socket.write(head(good, `Content-Length: ${25 * 1024 * 1024 + 1}`));
    await until(closed, heard);
    expect(heard()).toMatch(/^HTTP\/1.1 413 [^]*\r\nconnection: close\r\n/i);
  });

  test("a body without end is refused while it is read, and its room is free again", async () => {
    const small = await open({ mostBytes: 100_000, mostBytesTogether: 100_000 });
    for (let time = 0; time < 3; time += 1) {
      const { socket, heard, closed } = dial(small);
      socket.write(head(good, "Transfer-Encoding: chunked"));
      const piece = `${(10_000).toString(16)}\r\n${"x".repeat(10_000)}\r\n`;
      for (let sent = 0; sent < 11; sent += 1) socket.write(piece);
      await until(closed, heard);
      expect(heard()).toMatch(/^HTTP\/1.1 413 [^]*\r\nconnection: close\r\n/i);
    }
    expect((await small.post(padded(100_000))).status).toBe(202);
  });

  test("many bodies at a time find no room: 503, until the others are through", async () => {
    const small = await open({ mostBytes: 100_000, mostBytesTogether: 150_000 });
    const most = padded(100_000);
    const first = dial(small);
    first.socket.write(head(most, "Content-Length: 100000"));
    first.socket.write(most.body.subarray(0, 99_999));
    const second = dial(small);
    second.socket.write(head(most, "Content-Length: 100000"));
    second.socket.write(most.body.subarray(0, 99_999));
    await until(() => first.closed() || second.closed());
    const [waiting, refused] = first.closed() ? [second, first] : [first, second];
    expect(refused.heard()).toMatch(/^HTTP\/1.1 503 [^]*\r\nconnection: close\r\n/i);
    waiting.socket.write(most.body.subarray(99_999));
    await until(() => waiting.heard().includes("accepted"), waiting.heard);
    expect((await small.post(most)).status).toBe(202);
  });
});

test("memory stays flat: 128 MB of deliveries, of which half are forged, leave next to nothing behind", async () => {
  const roomy = await open();
  roomy.app = { onWebhook: async () => ({ entries: [], ignored: undefined }) };
  const send = async (index: number): Promise<number> => {
    const sent = signed("workflow_job", { action: "queued", padding: "x".repeat(256 * 1024) }, `guid-${index}`);
    const forged = withHeader(sent, "X-Hub-Signature-256", signatureOf(sent.body, "another"));
    roomy.lines.length = 0;
    return (await roomy.post(index % 2 === 0 ? sent : forged)).status;
  };
  for (let index = 0; index < 100; index += 1) await send(index);
  const beforeMb = aliveMb();
  const statuses = new Set<number>();
  for (let index = 0; index < 512; index += 1) statuses.add(await send(index));
  expect(statuses).toEqual(new Set([202, 401]));
  expect(aliveMb() - beforeMb).toBeLessThan(32);
});

describe("senders that do not come to an end", () => {
  test("a slow body: 408, and the connection ends", async () => {
    const hasty = await open({ bodyWithinMs: 50, mostBytesTogether: good.body.length });
    const { socket, heard, closed } = dial(hasty);
    socket.write(head(good, `Content-Length: ${good.body.length}`));
    socket.write(good.body.subarray(0, 10));
    await until(closed, heard);
    expect(heard()).toMatch(/^HTTP\/1.1 408 [^]*\r\nconnection: close\r\n/i);
    expect((await hasty.post(good)).status).toBe(202);
    expect(kept).toHaveLength(1);
  });

  test("a sender that goes away in the middle leaves nothing behind", async () => {
    const narrow = await open({ mostBytesTogether: good.body.length });
    const { socket } = dial(narrow);
    await once(socket, "connect");
    socket.write(head(good, `Content-Length: ${good.body.length}`));
    socket.write(good.body.subarray(0, 10), () => socket.destroy());
    await until(() => narrow.lines.some((line) => line.includes("broken off")));
    expect((await narrow.post(good)).status).toBe(202);
    expect(kept).toHaveLength(1);
  });
});

test("no answer and no line of the log repeats a secret, an expected digest or what an attacker wrote", async () => {
  door.lines.length = 0;
  const mark = "<script>\u009B2J mark-4711";
  const bodies = [good, signed("workflow_job", `{"x":"${mark}"`, "guid-1"), signed("push", { mark }, "guid-1")];
  const forged = [
    withHeader(good, "X-GitHub-Delivery", mark),
    withHeader(good, "X-Hub-Signature-256", `sha256=${mark}`),
    withHeader(good, "Content-Type", mark),
    withHeader(good, "X-GitHub-Event", mark),
  ];
  const answers = [];
  for (const sent of [...bodies, ...forged]) answers.push(await door.post(sent));
  expect(answers.map(({ status }) => status)).toEqual([202, 400, 202, 400, 401, 415, 400]);
  const told = JSON.stringify(answers.map(({ text, headers }) => [text, headers]));
  const log = door.lines.join("");
  expect(log.split("\n").length).toBeGreaterThan(answers.length);
  for (const one of [secret, formerSecret, ...bodies.map(({ body }) => signatureOf(body).slice(7))]) {
    expect(told + log).not.toContain(one);
  }
  expect(told).not.toContain("mark-4711");
  for (const line of door.lines) expect(JSON.parse(line)).toBeInstanceOf(Object);
});
