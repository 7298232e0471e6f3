import { createServer, type IncomingMessage, type RequestListener, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";

/** Listens on 127.0.0.1; port 0 is a free one. Rejects when the port is taken. */
export async function listen(handler: RequestListener, port: number): Promise<{ server: Server; address: string }> {
  const server = createServer(handler);
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    server.listen(port, "127.0.0.1", resolve);
  });
  return { server, address: `127.0.0.1:${(server.address() as AddressInfo).port}` };
}

/** Breaks every connection and resolves when the port is free. */
export async function shut(server: Server): Promise<void> {
  server.closeAllConnections();
  await new Promise((resolve) => {
    server.close(resolve);
  });
}

/** The whole body; what is beyond `limit` bytes is read and thrown away, and `tooLarge` says so. */
export async function readBody(
  request: IncomingMessage,
  limit: number,
): Promise<{ readonly bytes: Buffer; readonly tooLarge: boolean }> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of request) {
    size += (chunk as Buffer).length;
    if (size <= limit) chunks.push(chunk as Buffer);
  }
  return { bytes: Buffer.concat(chunks), tooLarge: size > limit };
}

export type Reply = {
  readonly status: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
};

export function writeReply(response: ServerResponse, { status, headers = {}, body = "" }: Reply): void {
  response.writeHead(status, headers).end(body);
}
