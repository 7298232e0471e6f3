import type { JobMessage } from "../../../src/sandbox/github/runners/job-message.ts";
import { textOf, type Loose, type Reply, type Rig } from "./rig.ts";

export type ScriptedRunner = {
  readonly id: number;
  readonly name: string;
  session(): Promise<number>;
  /** One long poll: its status and message. */
  poll(waitSeconds?: number, signal?: AbortSignal): Promise<{ status: number; message: JobMessage | undefined }>;
  post(path: string, body?: unknown): Promise<{ status: number; json: Loose }>;
  /** Session, then jobs polled for until one comes. */
  take(): Promise<JobMessage>;
  /** start, steps, log, complete. */
  run(message: JobMessage, conclusion?: string, outputs?: Record<string, string>): Promise<void>;
};

/** Registers a runner over the API and speaks the runner protocol with what its JIT config says, without running anything. */
export async function scriptedRunner(
  rig: Rig,
  name: string,
  labels: readonly string[],
  repository = "repo",
): Promise<ScriptedRunner> {
  const body = { name, runner_group_id: 1, labels, work_folder: "_work" };
  const path = `/repos/octo/${repository}/actions/runners/generate-jitconfig`;
  const reply = await rig.call("POST", path, await rig.token({ permissions: { administration: "write" } }), body);
  return scripted(name, reply);
}

/** The same of an answer that a registration has got. */
export function scripted(name: string, reply: Reply): ScriptedRunner {
  if (reply.status !== 201) throw new Error(`${reply.status} ${reply.text}`);
  const files = decode(textOf(reply.json?.encoded_jit_config));
  const settings = decode(files[".runner"] ?? "");
  const secret = (decode(files[".credentials"] ?? "") as unknown as { data: { accessToken: string } }).data.accessToken;
  const headers = { authorization: `Bearer ${secret}` };
  const base = settings.ServerUrl ?? "";

  const post: ScriptedRunner["post"] = async (route, sent = {}) => {
    const response = await fetch(base + route, { method: "POST", headers, body: JSON.stringify(sent) });
    const text = await response.text();
    return { status: response.status, json: text === "" ? undefined : (JSON.parse(text) as Loose) };
  };
  const runner: ScriptedRunner = {
    id: Number(reply.json?.runner?.id),
    name,
    post,
    session: async () => (await post("/session")).status,
    async poll(waitSeconds = 0, signal) {
      const response = await fetch(`${base}/message?wait=${waitSeconds}`, { headers, signal: signal ?? null });
      const text = await response.text();
      const message = response.status === 200 ? (JSON.parse(text) as JobMessage) : undefined;
      return { status: response.status, message };
    },
    async take() {
      const status = await runner.session();
      if (status !== 200) throw new Error(`session ${status}`);
      for (;;) {
        const { status: polled, message } = await runner.poll(2);
        if (message !== undefined) return message;
        if (polled !== 202) throw new Error(`poll ${polled}`);
      }
    },
    async run(message, conclusion = "success", outputs = {}) {
      const at = new Date().toISOString();
      const step = { number: 1, name: "Set up job", status: "completed", conclusion: "success" };
      await post(`/jobs/${message.jobId}/start`);
      await post(`/jobs/${message.jobId}/steps`, { steps: [{ ...step, started_at: at, completed_at: at }] });
      await post(`/jobs/${message.jobId}/log`, { text: `hello from ${message.name}\n` });
      const { status } = await post(`/jobs/${message.jobId}/complete`, { conclusion, outputs });
      if (status !== 200) throw new Error(`complete ${status}`);
    },
  };
  return runner;
}

function decode(text: string): Record<string, string> {
  return JSON.parse(Buffer.from(text, "base64").toString()) as Record<string, string>;
}
