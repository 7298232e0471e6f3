import { spawn } from "node:child_process";
import type { ChildProcess } from "node:child_process";
import { chmod, mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { createServer } from "node:http";
import type { IncomingMessage, Server, ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { buildSupervisor } from "../../runner-image/build-supervisor.ts";

/** The token, session and JIT config of every rig: texts that must turn up nowhere but where they belong. */
export const secrets = { token: "t0ken-of-the-claim", session: "s3ssion-of-the-host", jit: "j1t-config-blob-xyz" };

export type HostReply = { readonly status: number; readonly body?: unknown; readonly retryAfter?: number };
type Json = Record<string, unknown>;

export type RigOptions = {
  /** The body of the scripted `bin/Runner.Listener` (bash). */
  readonly listener?: string;
  /** Instead of a scripted one: a whole distribution. */
  readonly distribution?: string;
  /** Answers claim number n (from 1); default: granted. */
  readonly claim?: (n: number) => HostReply | undefined;
  readonly event?: (body: Json) => HostReply | undefined;
  /** Answers question number n (from 1) about the job; default: it may run. Null: breaks the connection. */
  readonly job?: (n: number) => Promise<HostReply | null | undefined> | HostReply | null | undefined;
  readonly deadlineMs?: number;
  readonly payload?: Json;
  readonly tenant?: string;
  /** A second event for the same environment. */
  readonly second?: boolean;
  readonly grant?: Json;
  readonly environment?: Record<string, string>;
};

/** The real supervisor's bundle between a Runtime API and a host channel that a test plays. */
export type Rig = {
  readonly folder: string;
  readonly supervisor: ChildProcess;
  readonly claims: Json[];
  readonly questions: Json[];
  readonly events: Json[];
  readonly requests: { readonly path: string; readonly body: Json }[];
  output(): string;
  /** Resolves with what the supervisor posted for the first (or the second) event. */
  answered(index?: number): Promise<{ readonly path: string; readonly body: Json }>;
  close(): Promise<void>;
};

let bundle: Promise<string> | undefined;

/** The bundle is built once for a test file; `removeBundle` removes it again. */
async function supervisorBundle(): Promise<string> {
  bundle ??= (async () => {
    const file = join(await mkdtemp(join(tmpdir(), "mayfly-supervisor-")), "supervisor.mjs");
    await buildSupervisor(file);
    return file;
  })();
  return await bundle;
}

export async function removeBundle(): Promise<void> {
  if (bundle !== undefined) await rm(dirname(await bundle), { recursive: true, force: true });
}

export async function startRig(options: RigOptions = {}): Promise<Rig> {
  const folder = await mkdtemp(join(tmpdir(), "mayfly-rig-"));
  const distribution = options.distribution ?? (await layOutDistribution(folder, options.listener ?? "exit 100"));
  const tmp = join(folder, "tmp");
  await mkdir(tmp);
  const host = await hostChannel(options);
  const runtime = await runtimeServer(options, host.url);
  const supervisor = spawn(process.execPath, [await supervisorBundle()], {
    env: {
      PATH: process.env["PATH"],
      AWS_LAMBDA_RUNTIME_API: `127.0.0.1:${runtime.port}`,
      AWS_LAMBDA_LOG_GROUP_NAME: "/aws/lambda/rig",
      AWS_LAMBDA_LOG_STREAM_NAME: "2026/11/22/[$LATEST]0f",
      AWS_REGION: "eu-central-1",
      AWS_SECRET_ACCESS_KEY: "role-secret",
      LD_LIBRARY_PATH: "/var/lang/lib",
      NODE_OPTIONS: "",
      _HANDLER: "run",
      MAYFLY_RUNNER_DIST: distribution,
      MAYFLY_TMP_DIR: tmp,
      MAYFLY_RETRY_MS: "20",
      MAYFLY_STOP_GRACE_MS: "300",
      MAYFLY_KILL_BEFORE_END_MS: "500",
      MAYFLY_REFUSAL_SHOWN_MS: "600",
      ...options.environment,
    },
    stdio: ["ignore", "pipe", "pipe"],
  });
  let text = "";
  for (const stream of [supervisor.stdout, supervisor.stderr]) stream.on("data", (chunk) => (text += String(chunk)));
  return {
    folder,
    supervisor,
    claims: host.claims,
    questions: host.questions,
    events: host.events,
    requests: runtime.posts,
    output: () => text,
    answered: runtime.answered,
    async close() {
      supervisor.kill("SIGKILL");
      runtime.server.closeAllConnections();
      host.server.closeAllConnections();
      await Promise.all([runtime.server, host.server].map(async (server) => await closed(server)));
      await rm(folder, { recursive: true, force: true });
    },
  };
}

async function layOutDistribution(folder: string, listener: string): Promise<string> {
  const distribution = join(folder, "dist");
  await mkdir(join(distribution, "bin"), { recursive: true });
  await mkdir(join(distribution, "externals"));
  await writeFile(join(distribution, "externals", "node"), "external");
  await writeFile(join(distribution, "run.sh"), "#!/bin/bash\necho never; exit 0\n");
  const file = join(distribution, "bin", "Runner.Listener");
  await writeFile(file, `#!/bin/bash\n${listener}\n`);
  await chmod(file, 0o755);
  return distribution;
}

async function hostChannel(
  options: RigOptions,
): Promise<{ server: Server; url: string; claims: Json[]; questions: Json[]; events: Json[] }> {
  const claims: Json[] = [];
  const questions: Json[] = [];
  const events: Json[] = [];
  const granted = {
    githubRunnerName: "mayfly-1-1-1",
    jitConfig: secrets.jit,
    session: secrets.session,
    idleSeconds: 60,
    shutdownSeconds: 2,
    endByMs: null,
    ...options.grant,
  };
  const handle = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const body = await readBody(request);
    if (request.url === "/host/claim") {
      claims.push(body);
      answer(response, options.claim?.(claims.length) ?? { status: 200, body: granted });
    } else if (request.url === "/host/job") {
      questions.push(body);
      const reply = await options.job?.(questions.length);
      if (reply === null) response.destroy();
      else answer(response, reply ?? { status: 200, body: { allowed: true } });
    } else {
      events.push(body);
      answer(response, options.event?.(body) ?? { status: 204 });
    }
  };
  const server = createServer((request, response) => void handle(request, response));
  return { server, url: await listening(server), claims, questions, events };
}

type Posts = { readonly path: string; readonly body: Json }[];

async function runtimeServer(
  options: RigOptions,
  hostUrl: string,
): Promise<{ server: Server; port: number; posts: Posts; answered: Rig["answered"] }> {
  const posts: Posts = [];
  const waiting: (() => void)[] = [];
  let handed = 0;
  const payload = {
    runner: "mayfly-1-1",
    token: secrets.token,
    hostUrl,
    claimByMs: Date.now() + 20_000,
    endByMs: Date.now() + 60_000,
    repositoryId: 1,
    ...options.payload,
  };
  const take = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    posts.push({ path: request.url ?? "", body: await readBody(request) });
    response.writeHead(202).end("{}");
    for (const wake of waiting.splice(0)) wake();
  };
  const server = createServer((request, response) => {
    if (request.method === "GET") {
      handed += 1;
      if (handed > (options.second === true ? 2 : 1)) return;
      response.setHeader("Lambda-Runtime-Aws-Request-Id", `request-${handed}`);
      response.setHeader("Lambda-Runtime-Deadline-Ms", String(Date.now() + (options.deadlineMs ?? 60_000)));
      response.setHeader("Lambda-Runtime-Aws-Tenant-Id", options.tenant ?? "mayfly-1-1");
      response.end(JSON.stringify(payload));
      return;
    }
    void take(request, response);
  });
  const url = await listening(server);
  return {
    server,
    port: Number(new URL(url).port),
    posts,
    async answered(index = 0) {
      for (;;) {
        const post = posts[index];
        if (post !== undefined) return post;
        await new Promise<void>((resolve) => {
          waiting.push(resolve);
        });
      }
    },
  };
}

async function readBody(request: IncomingMessage): Promise<Json> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  return JSON.parse(Buffer.concat(chunks).toString() || "{}") as Json;
}

function answer(response: ServerResponse, reply: HostReply): void {
  if (reply.retryAfter !== undefined) response.setHeader("retry-after", String(reply.retryAfter));
  response.writeHead(reply.status, { "content-type": "application/json" });
  response.end(reply.body === undefined ? "" : JSON.stringify(reply.body));
}

async function listening(server: Server): Promise<string> {
  await new Promise<void>((resolve) => {
    server.listen(0, "127.0.0.1", resolve);
  });
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

async function closed(server: Server): Promise<void> {
  await new Promise((resolve) => {
    server.close(resolve);
  });
}
