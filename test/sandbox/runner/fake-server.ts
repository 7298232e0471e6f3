import { createServer } from "node:http";
import type { IncomingMessage, ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import type { JobMessage } from "../../../src/sandbox/runner/job-message.ts";
import type { StepRecord } from "../../../src/sandbox/runner/step-report.ts";

export type Completion = {
  conclusion: string;
  outputs: Record<string, string>;
  annotations: { level: string; message: string }[];
};

/** The least of a server for one runner: hands out one job and keeps what the runner says about it. */
export async function fakeServer(token: string) {
  const seen = {
    requests: [] as string[],
    unauthorized: 0,
    steps: [] as StepRecord[],
    log: "",
    completion: undefined as Completion | undefined,
  };
  const state = {
    sessionStatus: 200,
    startStatus: 200,
    registered: true,
    cancel: false,
    job: undefined as JobMessage | undefined,
    /** How many of the next answers to that request are 503. */
    broken: {} as Record<string, number>,
  };

  const answer = (route: string, body: unknown): [number, unknown?] => {
    if (route === "POST /session") return [state.sessionStatus, {}];
    if (route === "GET /message") {
      const { job } = state;
      state.job = undefined;
      if (job !== undefined) return [200, job];
      return state.registered ? [202] : [404, { message: "gone" }];
    }
    if (route.endsWith("/start")) return [state.startStatus, {}];
    if (route.endsWith("/steps")) {
      seen.steps = (body as { steps: StepRecord[] }).steps;
      return [200, { cancel: state.cancel }];
    }
    if (route.endsWith("/log")) {
      seen.log += (body as { text: string }).text;
      return [200, {}];
    }
    seen.completion = body as Completion;
    return [200, {}];
  };

  const respond = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const text = await readText(request);
    const route = `${request.method ?? ""} ${(request.url ?? "").replace(/\?.*/, "").replace("/_runner", "")}`;
    if (request.headers.authorization !== `Bearer ${token}`) seen.unauthorized += 1;
    seen.requests.push(route);
    const broken = state.broken[route] ?? 0;
    if (broken > 0) state.broken[route] = broken - 1;
    const [status, body] = broken > 0 ? [503, {}] : answer(route, text === "" ? undefined : JSON.parse(text));
    // a real long poll waits; here so short that a test sees a change soon, so long that it is not a busy loop
    setTimeout(() => response.writeHead(status).end(body && JSON.stringify(body)), status === 202 ? 40 : 0);
  };
  const server = createServer((request, response) => void respond(request, response));
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    seen,
    state,
    url: `http://127.0.0.1:${String((server.address() as AddressInfo).port)}/_runner`,
    async close() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

async function readText(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks).toString();
}
