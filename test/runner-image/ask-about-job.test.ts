import { afterAll, beforeAll, expect, test } from "@jest/globals";
import { askAboutJob } from "../../runner-image/supervisor/ask-about-job.ts";
import { listen, shut } from "../../src/sandbox/aws/http.ts";

let server: Awaited<ReturnType<typeof listen>>;
let answer: { status: number; text: string };
beforeAll(async () => {
  server = await listen((request, response) => {
    request.resume();
    response.writeHead(answer.status).end(answer.text);
  }, 0);
});
afterAll(async () => await shut(server.server));

const credentials = { region: "r", accessKeyId: "a", secretAccessKey: "s", sessionToken: "t", expiresAtMs: 1 };
const role = { name: "deploy", ...credentials };
const yes = { allowed: true, role: undefined, notice: undefined };
const none = { name: "deploy", denied: "Mayfly sent none." };

test.each<[number, unknown, unknown]>([
  [200, { allowed: true }, yes],
  [200, { allowed: true, role: null, notice: "" }, yes],
  [200, { allowed: true, notice: "Mind the gap." }, { ...yes, notice: "Mind the gap." }],
  [200, { allowed: true, role }, { ...yes, role }],
  [
    200,
    { allowed: true, role: { name: "deploy", denied: "No." } },
    { ...yes, role: { name: "deploy", denied: "No." } },
  ],
  [200, { allowed: true, role: { name: "deploy" } }, { ...yes, role: none }],
  [200, { allowed: true, role: { ...role, sessionToken: "" } }, { ...yes, role: none }],
  [200, { allowed: true, role: { ...role, expiresAtMs: "1" } }, { ...yes, role: none }],
  [200, { allowed: "true" }, { allowed: false, reason: "Mayfly refused it (200)." }],
  [200, "allowed", { allowed: false, reason: "Mayfly refused it (200)." }],
  [204, undefined, { allowed: false, reason: "Mayfly refused it (204)." }],
  [403, { allowed: true, reason: "No." }, { allowed: false, reason: "No." }],
  [403, { reason: "" }, { allowed: false, reason: "Mayfly refused it (403)." }],
  [404, undefined, { allowed: false, reason: "Mayfly refused it (404)." }],
])("%d with %j is read so", async (status, body, expected) => {
  answer = { status, text: body === undefined ? "" : JSON.stringify(body) };
  const question = { runner: "mayfly-1-1", session: "s", runId: 1, attempt: 1 };
  const options = { retryMs: 1, giveUp: AbortSignal.timeout(5_000), onRetry: () => undefined };
  expect(await askAboutJob(`http://${server.address}`, question, options)).toEqual(expected);
});
