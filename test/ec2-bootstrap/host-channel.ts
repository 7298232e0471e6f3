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
  /** Fields of the claim's answer. */
  readonly grant?: Json | undefined;
};

/** Mayfly's side of the host channel for one runner, with the rules of the core and without the core. */
export type HostChannel = {
  readonly url: string;
  readonly claims: Json[];
  /** Accepted events (204). */
  readonly events: Json[];
  /** Status of each answer, in order: `claim 503`, `ended 204`. */
  readonly answers: string[];
  close(): Promise<void>;
};

export async function startHostChannel(options: HostChannelOptions): Promise<HostChannel> {
  const claims: Json[] = [];
  const events: Json[] = [];
  const answers: string[] = [];
  const rules = runnerRules(options);

  const handle = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const { bytes } = await readBody(request, 1_000_000);
    const body = JSON.parse(bytes.toString("utf8")) as Json;
    const isClaim = request.url === "/host/claim";
    if (isClaim) claims.push(body);
    const scripted = isClaim ? options.claim?.(claims.length) : options.event?.(body);
    if (scripted === null) {
      response.destroy();
      return;
    }
    const reply = scripted ?? (isClaim ? rules.claim(body) : rules.event(body));
    answers.push(`${isClaim ? "claim" : String(body["type"])} ${reply.status}`);
    if (!isClaim && reply.status === 204) events.push(body);
    if (reply.retryAfter !== undefined) response.setHeader("Retry-After", String(reply.retryAfter));
    response.writeHead(reply.status, { "content-type": "application/json" });
    response.end(reply.body === undefined ? "" : JSON.stringify(reply.body));
  };
  const { server, address } = await listen((request, response) => {
    handle(request, response).catch(() => response.destroy());
  }, 0);
  return { url: `http://${address}`, claims, events, answers, close: () => shut(server) };
}

type Rules = { claim(body: Json): HostReply; event(body: Json): HostReply };

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
    event(body) {
      const knows = claimId === undefined ? body["token"] === secrets.token : body["session"] === secrets.session;
      if (!knows) return { status: 401 };
      if (ended) return { status: 410 };
      ended = body["type"] === "ended";
      return { status: 204 };
    },
  };
}
