import { describe, expect, test } from "@jest/globals";
import { githubCallError, type CallFacts } from "../../../src/adapters/github/call-error.ts";
import { CallError, type CallErrorFacts } from "../../../src/core/errors/call-error.ts";
import { NOW_MS } from "./mock-github.ts";

const again: CallFacts = { operation: "get-job", once: false, permissions: { actions: "read", contents: "read" } };
const once: CallFacts = { operation: "generate-jitconfig", once: true, permissions: { administration: "write" } };
const reset = String(NOW_MS / 1000 + 90);

type Headers = Record<string, string>;
const answered = (status: number, data: unknown = {}, headers: Headers = {}): Error =>
  Object.assign(new Error("as Octokit words it"), { status, response: { status, headers, data } });

/** As Octokit does it: a status of 500 and no response. */
const broken = (cause: unknown): Error =>
  Object.assign(new Error("fetch failed", { cause: new TypeError("fetch failed", { cause }) }), { status: 500 });
const coded = (code: string): Error => Object.assign(new Error(code), { code });
const timeout = new DOMException("The operation was aborted due to timeout", "TimeoutError");

const facts = (error: unknown, call: CallFacts = again): CallErrorFacts => githubCallError(error, call, NOW_MS).facts;

describe("limits", () => {
  test.each<[string, Error, number]>([
    ["429 with a time", answered(429, {}, { "retry-after": "30" }), 30],
    ["429 with a date", answered(429, {}, { "retry-after": "Sun, 22 Nov 2026 10:00:45 GMT" }), 45],
    ["429 with a date gone by", answered(429, {}, { "retry-after": "Sun, 22 Nov 2026 09:00:00 GMT" }), 1],
    ["429 without anything", answered(429), 60],
    ["403, budget used up", answered(403, {}, { "x-ratelimit-remaining": "0", "x-ratelimit-reset": reset }), 90],
    ["429, budget used up", answered(429, {}, { "x-ratelimit-remaining": "0", "x-ratelimit-reset": reset }), 90],
    [
      "403, used up, reset gone by",
      answered(403, {}, { "x-ratelimit-remaining": "0", "x-ratelimit-reset": String(NOW_MS / 1000 - 5) }),
      1,
    ],
    ["403, used up, no reset", answered(403, {}, { "x-ratelimit-remaining": "0" }), 60],
    ["403 with retry-after", answered(403, { message: "slow down" }, { "retry-after": "5" }), 5],
    [
      "retry-after goes before the reset",
      answered(403, {}, { "retry-after": "5", "x-ratelimit-remaining": "0", "x-ratelimit-reset": reset }),
      5,
    ],
    [
      "secondary limit by its message; the hourly reset is not its own",
      answered(
        403,
        { message: "You have exceeded a secondary rate limit." },
        { "x-ratelimit-remaining": "4000", "x-ratelimit-reset": reset },
      ),
      60,
    ],
  ])("%s", (_what, error, retryAfterSeconds) => {
    for (const call of [again, once])
      expect(facts(error, call)).toMatchObject({ kind: "rate-limited", retryAfterSeconds });
  });
});

describe("statuses", () => {
  test.each<[string, Error, { facts: Partial<CallErrorFacts>; code?: string }]>([
    ["400", answered(400, { message: "Problems parsing JSON" }), { facts: { kind: "invalid" } }],
    ["401", answered(401, { message: "Bad credentials" }), { facts: { kind: "unauthorized", status: 401 } }],
    ["403 without an explanation", answered(403, { message: "" }), { facts: { kind: "forbidden", status: 403 } }],
    [
      "403 with budget left",
      answered(403, { message: "Forbidden" }, { "x-ratelimit-remaining": "10", "x-ratelimit-reset": reset }),
      { facts: { kind: "forbidden", status: 403 } },
    ],
    ["404", answered(404, { message: "Not Found" }), { facts: { kind: "not-found" } }],
    ["409", answered(409, { message: "Already exists" }), { facts: { kind: "conflict" } }],
    ["410", answered(410, { message: "Gone" }), { facts: { kind: "not-found" } }],
    ["422", answered(422, { message: "Validation Failed" }), { facts: { kind: "invalid", status: 422 } }],
    [
      "422 for want of a permission",
      answered(422, { message: "The permissions requested are not granted to this installation." }),
      { facts: { kind: "forbidden" }, code: "permission-missing" },
    ],
    [
      "403 for want of a permission",
      answered(403, { message: "Resource not accessible by integration" }),
      { facts: { kind: "forbidden" }, code: "permission-missing" },
    ],
  ])("%s, whether or not the effect may be repeated", (_what, error, expected) => {
    for (const call of [again, once]) {
      const { code, retryAfterSeconds, ...others } = facts(error, call);
      expect(others).toMatchObject({ service: "github", operation: call.operation, ...expected.facts });
      expect({ code, retryAfterSeconds }).toEqual({ code: expected.code, retryAfterSeconds: undefined });
    }
  });

  test.each([500, 502, 503, 504, 520])("%i: unavailable, but lost where the effect must not happen twice", (status) => {
    expect(facts(answered(status, "<html>"))).toMatchObject({ kind: "unavailable", status });
    expect(facts(answered(status, "<html>"), once)).toMatchObject({ kind: "lost-reply", status });
  });

  test("503 that asks to come back did nothing", () => {
    const error = answered(503, { message: "later" }, { "retry-after": "20" });
    for (const call of [again, once])
      expect(facts(error, call)).toMatchObject({ kind: "unavailable", retryAfterSeconds: 20 });
    // The other 5xx may carry the header too, which proves nothing there
    expect(facts(answered(502, "", { "retry-after": "20" }), once).kind).toBe("lost-reply");
  });
});

describe("no answer", () => {
  test.each(["ECONNREFUSED", "ENOTFOUND", "EAI_AGAIN", "UND_ERR_CONNECT_TIMEOUT"])("%s: nothing was sent", (code) => {
    for (const call of [again, once])
      expect(facts(broken(coded(code)), call)).toMatchObject({ kind: "unavailable", code });
  });

  test("refused on every address", () => {
    const cause = new AggregateError([coded("ECONNREFUSED"), coded("ECONNREFUSED")]);
    expect(facts(broken(cause), once)).toMatchObject({ kind: "unavailable", code: "ECONNREFUSED" });
  });

  test.each<[string, Error]>([
    ["reset", broken(coded("ECONNRESET"))],
    ["closed by the other side", broken(coded("UND_ERR_SOCKET"))],
    ["timed out", broken(timeout)],
    ["aborted", Object.assign(new DOMException("aborted", "AbortError"), { status: 500 })],
    ["without a reason", broken(undefined)],
  ])("%s: it may have happened", (_what, error) => {
    expect(facts(error).kind).toBe("unavailable");
    expect(facts(error, once).kind).toBe("lost-reply");
  });

  test("a key that cannot sign", () => {
    expect(
      facts(Object.assign(new Error("DECODER routines::unsupported"), { code: "ERR_OSSL_UNSUPPORTED" })),
    ).toMatchObject({
      kind: "unauthorized",
      status: undefined,
    });
  });
});

describe("messages", () => {
  test("carry GitHub's words and the details of a validation", () => {
    const data = { message: "Validation Failed", errors: [{ code: "missing", field: "name" }, "too long", 7] };
    expect(facts(answered(422, data)).message).toBe("422 Validation Failed; missing name; too long");
  });

  test("say which permission is missing: GitHub's header, else what was asked for", () => {
    const data = { message: "Resource not accessible by integration" };
    const headers = { "x-accepted-github-permissions": "administration=write" };
    expect(facts(answered(403, data, headers)).message).toContain("needs administration=write");
    expect(facts(answered(403, data)).message).toContain("needs actions: read, contents: read");
  });

  test("leave out a proxy's page and everything secret", () => {
    expect(facts(answered(502, "<html>Unicorn!</html>")).message).toBe("502 without an explanation");
    const jwt = "eyJhbGciOiJSUzI1NiJ9.eyJpc3MiOjF9.c2ln";
    const pem = "-----BEGIN RSA PRIVATE KEY-----\nMIIE\n-----END RSA PRIVATE KEY-----";
    const config = "A".repeat(4284);
    const secrets = ["ghs_4711_eyJhbGci.eyJpc3Mi.c2ln", "github_pat_11AA_bb", jwt, pem, config];
    const { message } = facts(answered(422, { message: `wrong ${secrets.join(" | ")} end` }));
    expect(message).toBe("422 wrong [redacted] | [redacted] | [redacted] | [redacted] | [redacted] end");
  });

  test("are cut to a bearable length", () => {
    expect(facts(answered(422, { message: "no ".repeat(1000) })).message.length).toBeLessThan(600);
  });
});

test("a CallError stays what it is", () => {
  const error = new CallError({ service: "github", operation: "x", kind: "capacity", message: "m" });
  expect(githubCallError(error, once, NOW_MS)).toBe(error);
});
