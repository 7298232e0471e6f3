import { once } from "node:events";
import { createServer } from "node:http";
import type { IncomingMessage, ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { buffer } from "node:stream/consumers";

export type Call = { readonly operation: string; readonly body: Record<string, unknown> };

/** The wire between a store and its database, on which calls are counted and faults planted. */
export type Wire = {
  readonly endpoint: string;
  readonly calls: Call[];
  /** The next call of the operation is carried out, and its answer gets lost with the connection. */
  loseReply(operation: string): void;
  /** The next `times` calls of the operation are answered so instead of being carried out. */
  answer(operation: string, status: number, body: object, times?: number): void;
  /** Does this after the next call of the operation was carried out, before it is answered. */
  afterwards(operation: string, act: () => Promise<void>): void;
  close(): Promise<void>;
};

type Plan =
  | { readonly what: "lose" }
  | { readonly what: "answer"; readonly status: number; readonly body: object }
  | { readonly what: "act"; readonly act: () => Promise<void> };

export async function startWire(database: () => string): Promise<Wire> {
  const calls: Call[] = [];
  const plans: { readonly operation: string; readonly plan: Plan }[] = [];
  const planFor = (operation: string): Plan | undefined => {
    const index = plans.findIndex((one) => one.operation === operation);
    return index < 0 ? undefined : plans.splice(index, 1)[0]?.plan;
  };
  const serve = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const body = await buffer(request);
    const operation = String(request.headers["x-amz-target"]).split(".")[1] ?? "";
    calls.push({ operation, body: JSON.parse(body.toString()) as Record<string, unknown> });
    const plan = planFor(operation);
    if (plan?.what === "answer") {
      response.writeHead(plan.status, { "content-type": "application/x-amz-json-1.0" });
      response.end(JSON.stringify(plan.body));
      return;
    }
    const headers = new Headers();
    for (const name of ["content-type", "x-amz-target", "x-amz-date", "authorization"]) {
      headers.set(name, String(request.headers[name]));
    }
    const answer = await fetch(database(), { method: "POST", headers, body: new Uint8Array(body) });
    const text = await answer.text();
    if (plan?.what === "act") await plan.act();
    if (plan?.what === "lose") {
      request.socket.destroy();
      return;
    }
    response.writeHead(answer.status, { "content-type": "application/x-amz-json-1.0" });
    response.end(text);
  };
  const server = createServer((request, response) => void serve(request, response));
  server.keepAliveTimeout = 0;
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return {
    endpoint: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    calls,
    loseReply: (operation) => void plans.push({ operation, plan: { what: "lose" } }),
    answer(operation, status, body, times = 1) {
      for (let time = 0; time < times; time += 1) plans.push({ operation, plan: { what: "answer", status, body } });
    },
    afterwards: (operation, act) => void plans.push({ operation, plan: { what: "act", act } }),
    async close() {
      server.closeAllConnections();
      server.close();
      await once(server, "close");
    },
  };
}
