import { createVerify } from "node:crypto";
import type { IncomingMessage, ServerResponse } from "node:http";
import { listen, readBody, shut } from "../../src/sandbox/aws/http.ts";

export type Json = Record<string, unknown>;
export type HostReply = { readonly status: number; readonly body?: Json; readonly retryAfter?: number | string };

/** The token, session and JIT config of every runner here: texts that must turn up nowhere but where they belong. */
export const secrets = {
  token: "c0ffee".repeat(10),
  session: "5e5510".repeat(10),
  jit: Buffer.from("a just-in-time configuration, ".repeat(120)).toString("base64"),
};
export const runnerName = "mayfly-77-1";

export type HostChannelOptions = {
  /** Of what signs identity documents. */
  readonly certificatePem: string;
  readonly instanceId: string;
  /** Answers claim number n (from 1) instead of the rules; undefined: the rules. Null: breaks the connection. */
  readonly claim?: ((n: number) => HostReply | null | undefined) | undefined;
  /** Answers an event instead of the rules. */
  readonly event?: ((event: Json) => HostReply | null | undefined) | undefined;
  /** Answers question number n (from 1) about the job; undefined: it may run. Null: breaks the connection. */
  readonly job?:
    ((n: number, body: Json) => Promise<HostReply | null | undefined> | HostReply | null | undefined) | undefined;
  /** Fields of the claim's answer. */
  readonly grant?: Json | undefined;
};

/** Mayfly's side of the host channel for one runner, with the rules of the core and without the core. */
export type HostChannel = {
  readonly url: string;
  readonly claims: Json[];
  readonly questions: Json[];
  /** Accepted events (204). */
  readonly events: Json[];
  /** Status of each answer, in order: `claim 503`, `job 200`, `ended 204`. */
  readonly answers: string[];
  close(): Promise<void>;
};

export async function startHostChannel(options: HostChannelOptions): Promise<HostChannel> {
  const claims: Json[] = [];
  const questions: Json[] = [];
  const events: Json[] = [];
  const answers: string[] = [];
  const rules = runnerRules(options);

  const handle = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const { bytes } = await readBody(request, 1_000_000);
    const body = JSON.parse(bytes.toString("utf8")) as Json;
    const kind = kindOf(request.url);
    if (kind === "claim") claims.push(body);
    if (kind === "job") questions.push(body);
    const scripted = {
      claim: () => options.claim?.(claims.length),
      job: () => options.job?.(questions.length, body),
      event: () => options.event?.(body),
    };
    const given = await scripted[kind]();
    if (given === null) {
      response.destroy();
      return;
    }
    const reply = given ?? rules[kind](body);
    answers.push(`${kind === "event" ? String(body["type"]) : kind} ${reply.status}`);
    if (kind === "event" && reply.status === 204) events.push(body);
    if (reply.retryAfter !== undefined) response.setHeader("Retry-After", String(reply.retryAfter));
    response.writeHead(reply.status, { "content-type": "application/json" });
    response.end(reply.body === undefined ? "" : JSON.stringify(reply.body));
  };
  const { server, address } = await listen((request, response) => {
    handle(request, response).catch(() => response.destroy());
  }, 0);
  return { url: `http://${address}`, claims, questions, events, answers, close: () => shut(server) };
}

function kindOf(url: string | undefined): keyof Rules {
  if (url === "/host/claim") return "claim";
  return url === "/host/job" ? "job" : "event";
}

type Rules = { claim(body: Json): HostReply; job(body: Json): HostReply; event(body: Json): HostReply };

function runnerRules({ certificatePem, instanceId, grant }: HostChannelOptions): Rules {
  let claimId: unknown;
  let ended = false;
  const isInstance = ({ document, signature }: Json): boolean =>
    typeof document === "string" &&
    typeof signature === "string" &&
    createVerify("RSA-SHA256").update(document, "utf8").verify(certificatePem, signature, "base64") &&
    (JSON.parse(document) as Json)["instanceId"] === instanceId;
  return {
    claim(body) {
      if (body["runner"] !== runnerName || typeof body["claimId"] !== "string") return { status: 400 };
      if (body["token"] !== secrets.token || !isInstance((body["identity"] ?? {}) as Json)) return { status: 401 };
      if (ended) return { status: 410 };
      if (claimId !== undefined && claimId !== body["claimId"]) return { status: 409 };
      claimId = body["claimId"];
      return {
        status: 200,
        body: {
          githubRunnerName: `${runnerName}-1`,
          jitConfig: secrets.jit,
          session: secrets.session,
          idleSeconds: 30,
          shutdownSeconds: 2,
          endByMs: null,
          logGroup: "/mayfly/runners",
          logStream: `${runnerName}/[1]`,
          region: "eu-central-1",
          ...grant,
        },
      };
    },
    job: (body) => (body["session"] === secrets.session ? { status: 200, body: { allowed: true } } : { status: 401 }),
    event(body) {
      const knows = claimId === undefined ? body["token"] === secrets.token : body["session"] === secrets.session;
      if (!knows) return { status: 401 };
      if (ended) return { status: 410 };
      ended = body["type"] === "ended";
      return { status: 204 };
    },
  };
}
